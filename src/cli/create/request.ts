// The request that creates a container, from the flags. Says no to what contradicts itself, in Docker's
// words; what the engine alone can judge is left to it.

import { resolve } from 'node:path';
import type { ContainerCreateRequest, HealthConfig } from '../../api/container-config.ts';
import type { HostConfig, PortMap, Resources, RestartPolicy } from '../../api/host-config.ts';
import type { Values } from '../args/flag.ts';
import { isCdiDevice, parseDevice } from './devices.ts';
import { environmentOf, labelsOf, readText, splitPair } from './files.ts';
import type { createFlags } from './flags.ts';
import { parseThrottle, parseWeight } from './limits.ts';
import { splitVolumes } from './mount.ts';
import { networkingOf } from './network.ts';
import { parseExpose, parsePublish } from './port.ts';
import { attachmentOf } from './streams.ts';

export type CreateValues = Values<typeof createFlags>;
type Env = Readonly<Record<string, string | undefined>>;

export interface CreateInput {
  readonly flags: CreateValues;
  readonly changed: ReadonlySet<string>;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Env;
}

export function createRequest(input: CreateInput): ContainerCreateRequest {
  const { flags, changed } = input;
  const networking = networkingOf(flags);
  const ports = publishedPorts(flags);
  const exposed = [...Object.keys(ports), ...flags.expose.flatMap(parseExpose)];
  const attached = attachmentOf(flags);
  return {
    Hostname: flags.hostname,
    Domainname: flags.domainname,
    User: flags.user,
    AttachStdin: attached.stdin,
    AttachStdout: attached.stdout,
    AttachStderr: attached.stderr,
    ...(exposed.length > 0 && { ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])) }),
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && attached.stdin,
    Env: environmentOf(flags['env-file'].map(String), flags.env, input.env),
    Cmd: input.command.length > 0 ? [...input.command] : null,
    Healthcheck: healthcheck(flags),
    Image: input.image,
    Volumes: splitVolumes(flags.volume).anonymous,
    WorkingDir: flags.workdir,
    Entrypoint: entrypoint(flags, changed),
    Labels: labelsOf(flags['label-file'], flags.label),
    ...(flags['stop-signal'] && { StopSignal: flags['stop-signal'] }),
    ...(changed.has('stop-timeout') && { StopTimeout: flags['stop-timeout'] }),
    HostConfig: hostConfig(input, ports, networking.mode),
    NetworkingConfig: { EndpointsConfig: networking.endpoints },
  } as ContainerCreateRequest;
}

/** An empty `--entrypoint ''` takes the image's away. */
function entrypoint(flags: CreateValues, changed: ReadonlySet<string>): string[] | null {
  if (flags.entrypoint !== '') return [flags.entrypoint];
  return changed.has('entrypoint') ? [''] : null;
}

function publishedPorts(flags: CreateValues): PortMap {
  const ports: PortMap = {};
  for (const { port, binding } of flags.publish.flatMap(parsePublish)) {
    ports[port] = [...(ports[port] ?? []), binding];
  }
  return ports;
}

function healthcheck(flags: CreateValues): HealthConfig | undefined {
  const timing = {
    Interval: flags['health-interval'],
    Timeout: flags['health-timeout'],
    StartPeriod: flags['health-start-period'],
    StartInterval: flags['health-start-interval'],
    Retries: flags['health-retries'],
  };
  for (const [name, value] of Object.entries(timing)) {
    if (value < 0)
      throw new Error(`--health-${name.replace(/(?<=.)[A-Z]/, '-$&').toLowerCase()} cannot be negative`);
  }
  const timed = Object.values(timing).some((value) => value !== 0);
  const command = flags['health-cmd'];
  if (flags['no-healthcheck']) {
    if (command || timed) throw new Error('--no-healthcheck conflicts with --health-* options');
    return { Test: ['NONE'] };
  }
  if (!command && !timed) return undefined;
  return { ...(command && { Test: ['CMD-SHELL', command] }), ...timing };
}

function hostConfig(input: CreateInput, ports: PortMap, networkMode: string): HostConfig {
  const { flags, changed } = input;
  const security = securityOptions(flags['security-opt']);
  const policy = restartPolicy(flags.restart);
  if (flags.rm && policy.Name !== 'no' && policy.Name !== '') {
    throw new Error('conflicting options: cannot specify both --restart and --rm');
  }
  return {
    Binds: splitVolumes(flags.volume).binds,
    ContainerIDFile: flags.cidfile,
    LogConfig: logConfig(flags),
    NetworkMode: networkMode,
    PortBindings: ports,
    RestartPolicy: policy,
    AutoRemove: flags.rm,
    VolumeDriver: flags['volume-driver'],
    VolumesFrom: [...flags['volumes-from']],
    CapAdd: [...flags['cap-add']],
    CapDrop: [...flags['cap-drop']],
    CgroupnsMode: flags.cgroupns as HostConfig['CgroupnsMode'],
    Dns: flags.dns.map(checkedAddress),
    DnsOptions: [...flags['dns-option'], ...flags['dns-opt']],
    DnsSearch: [...flags['dns-search']],
    ExtraHosts: flags['add-host'].map(extraHost),
    GroupAdd: [...flags['group-add']],
    IpcMode: flags.ipc,
    Links: linksOnBridge(flags),
    OomScoreAdj: flags['oom-score-adj'],
    PidMode: flags.pid,
    Privileged: flags.privileged,
    PublishAllPorts: flags['publish-all'],
    ReadonlyRootfs: flags['read-only'],
    ...security,
    StorageOpt: pairsOf(flags['storage-opt'], 'storage option'),
    Tmpfs: Object.fromEntries(flags.tmpfs.map(splitTmpfs)),
    UTSMode: flags.uts,
    UsernsMode: flags.userns,
    ShmSize: flags['shm-size'],
    Sysctls: flags.sysctl,
    Runtime: flags.runtime,
    Isolation: flags.isolation,
    ...(flags.annotation && Object.keys(flags.annotation).length > 0 && { Annotations: flags.annotation }),
    ...(changed.has('init') && { Init: flags.init }),
    ...(flags.mount.length > 0 && { Mounts: [...flags.mount] }),
    ...resources(flags, changed),
  } as HostConfig;
}

function resources(flags: CreateValues, changed: ReadonlySet<string>): Resources {
  const cdi = flags.device.filter(isCdiDevice);
  const requests = [...flags.gpus, ...(cdi.length > 0 ? [{ Driver: 'cdi', DeviceIDs: cdi }] : [])];
  return {
    CpuShares: flags['cpu-shares'],
    Memory: flags.memory,
    NanoCpus: flags.cpus,
    CgroupParent: flags['cgroup-parent'],
    BlkioWeight: flags['blkio-weight'],
    BlkioWeightDevice: flags['blkio-weight-device'].map(parseWeight),
    BlkioDeviceReadBps: flags['device-read-bps'].map((text) => parseThrottle(text, 'bytes')),
    BlkioDeviceWriteBps: flags['device-write-bps'].map((text) => parseThrottle(text, 'bytes')),
    BlkioDeviceReadIOps: flags['device-read-iops'].map((text) => parseThrottle(text, 'operations')),
    BlkioDeviceWriteIOps: flags['device-write-iops'].map((text) => parseThrottle(text, 'operations')),
    CpuPeriod: flags['cpu-period'],
    CpuQuota: flags['cpu-quota'],
    CpuRealtimePeriod: flags['cpu-rt-period'],
    CpuRealtimeRuntime: flags['cpu-rt-runtime'],
    CpusetCpus: flags['cpuset-cpus'],
    CpusetMems: flags['cpuset-mems'],
    Devices: flags.device.filter((text) => !isCdiDevice(text)).map(parseDevice),
    DeviceCgroupRules: flags['device-cgroup-rule'].map(checkedRule),
    ...(requests.length > 0 && { DeviceRequests: requests }),
    MemoryReservation: flags['memory-reservation'],
    MemorySwap: flags['memory-swap'],
    MemorySwappiness: flags['memory-swappiness'],
    OomKillDisable: flags['oom-kill-disable'],
    ...(changed.has('pids-limit') && { PidsLimit: flags['pids-limit'] }),
    Ulimits: [...flags.ulimit],
    ...(flags['kernel-memory'] && { KernelMemory: flags['kernel-memory'] }),
    CpuCount: flags['cpu-count'],
    CpuPercent: flags['cpu-percent'],
    IOMaximumIOps: flags['io-maxiops'],
    IOMaximumBandwidth: flags['io-maxbandwidth'],
  } as Resources;
}

/** `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:3`. */
export function restartPolicy(text: string): RestartPolicy {
  const [Name = '', count, ...more] = text.split(':');
  if (more.length > 0)
    throw new Error('invalid restart policy format: restart policy not in the correct format');
  if (count !== undefined && !/^\d+$/.test(count)) {
    throw new Error('invalid restart policy format: maximum retry count must be an integer');
  }
  return { Name, MaximumRetryCount: Number(count ?? 0) };
}

function logConfig(flags: CreateValues): { Type: string; Config: Record<string, string> } {
  const Config = pairsOf(flags['log-opt'], 'logging option');
  if (flags['log-driver'] === 'none' && flags['log-opt'].length > 0) {
    throw new Error(`invalid logging opts for driver none`);
  }
  return { Type: flags['log-driver'], Config };
}

function pairsOf(texts: readonly string[], what: string): Record<string, string> {
  const bad = texts.find((text) => !text.includes('='));
  if (bad !== undefined) throw new Error(`invalid ${what} (must be key=value): ${bad}`);
  return Object.fromEntries(texts.map(splitPair));
}

interface Security {
  readonly SecurityOpt: string[];
  readonly MaskedPaths?: string[];
  readonly ReadonlyPaths?: string[];
}

/** A seccomp profile travels as the content of its file; `systempaths=unconfined` is not an option but two lists. */
function securityOptions(options: readonly string[]): Security {
  const open = options.includes('systempaths=unconfined');
  const kept = options.filter((option) => option !== 'systempaths=unconfined');
  const SecurityOpt = kept.map((option) => {
    const [key, value = ''] = option.split(/[=:](.*)/s);
    if (key !== 'no-new-privileges' && !/[=:]/.test(option))
      throw new Error(`invalid --security-opt: ${JSON.stringify(option)}`);
    if (key !== 'seccomp' || value === 'unconfined' || value === 'builtin') return option;
    return `seccomp=${compactJson(value)}`;
  });
  return { SecurityOpt, ...(open && { MaskedPaths: [], ReadonlyPaths: [] }) };
}

function compactJson(path: string): string {
  try {
    return JSON.stringify(JSON.parse(readText(resolve(path))));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`opening seccomp profile (${path}) failed: ${reason}`, { cause: error });
  }
}

function extraHost(text: string): string {
  const cut = text.search(/[:=]/);
  if (cut < 1 || cut === text.length - 1) throw new Error(`bad format for add-host: ${JSON.stringify(text)}`);
  const [name, address] = [text.slice(0, cut), text.slice(cut + 1).replace(/^\[(.*)\]$/, '$1')];
  if (address !== 'host-gateway') checkedAddress(address, 'in add-host');
  return `${name}:${address}`;
}

function checkedAddress(text: string, where?: unknown): string {
  const plain = text.trim();
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(plain) || /^[\da-f.]*:[\da-f:.]*(%\w+)?$/i.test(plain)) return plain;
  if (where === 'in add-host') throw new Error(`invalid IP address in add-host: ${JSON.stringify(text)}`);
  throw new Error(`${text} is not an ip address`);
}

function checkedRule(text: string): string {
  if (!/^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text))
    throw new Error(`invalid device cgroup format '${text}'`);
  return text;
}

function splitTmpfs(text: string): [string, string] {
  const cut = text.indexOf(':');
  return cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)];
}

/** Links to other containers mean something on the default bridge; on a user's network they belong to the endpoint. */
function linksOnBridge(flags: CreateValues): string[] {
  const [first] = [...flags.network, ...flags.net];
  return !first || first.name === 'bridge' || first.name === 'default' ? [...flags.link] : [];
}
