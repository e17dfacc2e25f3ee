// The request that creates a container, from the flags. Says no to what contradicts itself, in Docker's
// words; what the engine alone can judge is left to it.

import type { ContainerCreateRequest } from '../../api/container-config.ts';
import type { HostConfig, PortMap } from '../../api/host-config.ts';
import type { Values } from '../args/flag.ts';
import { environmentOf, labelsOf, splitPair } from './files.ts';
import type { createFlags } from './flags.ts';
import { healthcheckOf } from './health.ts';
import { checkModes } from './modes.ts';
import { splitVolumes } from './mount.ts';
import { networkingOf } from './network.ts';
import { parseExpose, parsePublish } from './port.ts';
import { resourcesOf } from './resources.ts';
import { restartPolicy } from './restart-policy.ts';
import { securityOptions } from './security.ts';
import { attachmentOf } from './streams.ts';

export type CreateValues = Values<typeof createFlags>;
type Env = Readonly<Record<string, string | undefined>>;

export interface CreateInput {
  readonly flags: CreateValues;
  readonly changed: ReadonlySet<string>;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Env;
  /** Its size becomes the first size of the container's terminal. */
  readonly terminal: { readonly rows?: number; readonly columns?: number };
}

export function createRequest(input: CreateInput): ContainerCreateRequest {
  const { flags, changed } = input;
  if (!['always', 'missing', 'never'].includes(flags.pull)) {
    throw new Error(`invalid pull option: '${flags.pull}': must be one of "always", "missing" or "never"`);
  }
  checkModes(flags);
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
    Healthcheck: healthcheckOf(flags),
    Image: input.image,
    Volumes: splitVolumes(flags.volume).anonymous,
    WorkingDir: flags.workdir,
    Entrypoint: entrypoint(flags, changed),
    Labels: {
      ...labelsOf(flags['label-file'], flags.label),
      ...(flags['publish-open'] && { 'skiff.publish-open': 'true' }),
    },
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

function hostConfig(input: CreateInput, ports: PortMap, networkMode: string): HostConfig {
  const { flags, changed } = input;
  const security = securityOptions(flags['security-opt']);
  const policy = restartPolicy(flags.restart);
  if (flags.rm && policy.Name !== 'no' && policy.Name !== '') {
    throw new Error('conflicting options: cannot specify both --restart and --rm');
  }
  return {
    ConsoleSize: [input.terminal.rows ?? 0, input.terminal.columns ?? 0],
    Binds: orNull(splitVolumes(flags.volume).binds),
    ContainerIDFile: flags.cidfile,
    LogConfig: logConfig(flags),
    NetworkMode: networkMode,
    PortBindings: ports,
    RestartPolicy: policy,
    AutoRemove: flags.rm,
    VolumeDriver: flags['volume-driver'],
    VolumesFrom: orNull(flags['volumes-from']),
    CapAdd: orNull(flags['cap-add']),
    CapDrop: orNull(flags['cap-drop']),
    CgroupnsMode: flags.cgroupns as HostConfig['CgroupnsMode'],
    Dns: [...flags.dns],
    DnsOptions: [...flags['dns-option'], ...flags['dns-opt']],
    DnsSearch: [...flags['dns-search']],
    ExtraHosts: orNull(flags['add-host']),
    GroupAdd: orNull(flags['group-add']),
    IpcMode: flags.ipc,
    Links: orNull(flags.link),
    OomScoreAdj: flags['oom-score-adj'],
    PidMode: flags.pid,
    Privileged: flags.privileged,
    PublishAllPorts: flags['publish-all'],
    ReadonlyRootfs: flags['read-only'],
    ...security,
    StorageOpt: storageOptions(flags['storage-opt']),
    Tmpfs: Object.fromEntries(flags.tmpfs.map(splitTmpfs)),
    UTSMode: flags.uts,
    UsernsMode: flags.userns,
    ShmSize: flags['shm-size'],
    Sysctls: Object.fromEntries(flags.sysctl.map(splitPair)),
    Runtime: flags.runtime,
    Isolation: flags.isolation,
    ...(flags.annotation && Object.keys(flags.annotation).length > 0 && { Annotations: flags.annotation }),
    ...(changed.has('init') && { Init: flags.init }),
    ...(flags.mount.length > 0 && { Mounts: [...flags.mount] }),
    ...resourcesOf(flags, changed),
  } as HostConfig;
}

/** Docker's client says null where nothing was given, and `inspect` shows it. */
function orNull(list: readonly string[]): readonly string[] | null {
  return list.length > 0 ? list : null;
}

function logConfig(flags: CreateValues): { Type: string; Config: Record<string, string> } {
  const Config = Object.fromEntries(flags['log-opt'].map(splitPair));
  if (flags['log-driver'] === 'none' && flags['log-opt'].length > 0) {
    throw new Error(`invalid logging opts for driver none`);
  }
  return { Type: flags['log-driver'], Config };
}

function storageOptions(texts: readonly string[]): Record<string, string> {
  if (texts.some((text) => !text.includes('='))) throw new Error('invalid storage option');
  return Object.fromEntries(texts.map(splitPair));
}

function splitTmpfs(text: string): [string, string] {
  const cut = text.indexOf(':');
  return cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)];
}
