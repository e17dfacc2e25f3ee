/**
 * Every field that a client can ask for when it makes a container, and what becomes of it: none is dropped in silence.
 * With SKIFF_API_SPEC (the API's description, YAML) what the API has is compared, too.
 */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { ContainerConfig } from '../../../../src/api/container-config.ts';
import { HostConfig, Resources } from '../../../../src/api/host-config.ts';
import { Mount } from '../../../../src/api/mount.ts';
import { EndpointIpamConfig, EndpointSettings } from '../../../../src/api/network-endpoint.ts';
import { withinKernelLimits } from '../../../../src/daemon/container/kernel-limits.ts';
import { validateMount } from '../../../../src/daemon/container/mounts/validate-mount.ts';
import { validate } from '../../../../src/daemon/container/validate/validate.ts';
import type { Engine, EngineSettings } from '../../../../src/daemon/engine.ts';

/** Fields by what becomes of them; `refused` and `warned` with a value that shows it. */
interface Fates {
  /** Does what Docker's does. */
  honoured: string;
  refused?: Record<string, unknown>;
  warned?: Record<string, unknown>;
  /** Says something to clients, to the daemon of another system, or of what inspect tells: kept and shown. */
  shown?: string;
}

const settings = { runtimes: ['runc'], cgroupVersion: 1 } as unknown as EngineSettings;
const engine = { settings } as unknown as Engine;

const LIMITS: Fates = {
  honoured:
    'CpuShares Memory CgroupParent BlkioWeight BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps ' +
    'BlkioDeviceReadIOps BlkioDeviceWriteIOps CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpusetCpus ' +
    'CpusetMems Devices DeviceCgroupRules MemoryReservation MemorySwap MemorySwappiness NanoCpus OomKillDisable ' +
    'PidsLimit Ulimits',
  refused: {
    IOMaximumIOps: 5,
    IOMaximumBandwidth: 5,
    DeviceRequests: [{ Driver: 'nvidia', Count: 1, Capabilities: [['gpu']] }],
  },
  warned: { CpuCount: 2, CpuPercent: 5, KernelMemory: 1e8, KernelMemoryTCP: 1e8 },
};

const HOST: Fates = {
  honoured:
    `${LIMITS.honoured} Init Binds LogConfig NetworkMode PortBindings RestartPolicy AutoRemove VolumesFrom Mounts ` +
    'ConsoleSize Annotations CapAdd CapDrop CgroupnsMode Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Links ' +
    'OomScoreAdj PidMode Privileged PublishAllPorts ReadonlyRootfs SecurityOpt Tmpfs UTSMode UsernsMode ShmSize ' +
    'Sysctls Runtime MaskedPaths ReadonlyPaths',
  refused: {
    ...LIMITS.refused,
    Cgroup: 'container:x',
    Isolation: 'hyperv',
    StorageOpt: { size: '10G' },
  },
  warned: { ...LIMITS.warned },
  /** VolumeDriver is refused where there is a volume to make (validate.test.ts). */
  shown: 'ContainerIDFile VolumeDriver',
};

const CONFIG: Fates = {
  honoured:
    'Hostname Domainname User ExposedPorts Tty OpenStdin StdinOnce Env Cmd Healthcheck Image Volumes WorkingDir ' +
    'Entrypoint NetworkDisabled MacAddress Labels StopSignal StopTimeout Shell',
  shown: 'AttachStdin AttachStdout AttachStderr ArgsEscaped OnBuild',
};

const ENDPOINT: Fates = {
  honoured: 'IPAMConfig Links MacAddress Aliases DriverOpts GwPriority',
  shown:
    'NetworkID EndpointID Gateway IPAddress IPPrefixLen IPv6Gateway GlobalIPv6Address GlobalIPv6PrefixLen DNSNames',
};

const IPAM: Fates = { honoured: 'IPv4Address IPv6Address LinkLocalIPs' };

const MOUNT: Fates = {
  honoured: 'Target Source Type ReadOnly BindOptions VolumeOptions ImageOptions TmpfsOptions',
  shown: 'Consistency',
};

const TABLES: [name: string, schema: { properties: object }, fates: Fates][] = [
  ['ContainerConfig', ContainerConfig, CONFIG],
  ['Resources', Resources, LIMITS],
  ['HostConfig', HostConfig, HOST],
  ['EndpointSettings', EndpointSettings, ENDPOINT],
  ['EndpointIPAMConfig', EndpointIpamConfig, IPAM],
  ['Mount', Mount, MOUNT],
];

const words = (text = '') => text.split(' ').filter(Boolean);
const fieldsOf = ({ honoured, refused = {}, warned = {}, shown }: Fates) =>
  [...words(honoured), ...Object.keys(refused), ...Object.keys(warned), ...words(shown)].sort();

for (const [name, schema, fates] of TABLES)
  t.strictSame(
    fieldsOf(fates),
    Object.keys(schema.properties).sort(),
    `${name}: each field of the schema has one fate`,
  );

t.test('what is refused is refused, what is warned of is warned of', async (t) => {
  for (const [field, value] of Object.entries(HOST.refused ?? {}))
    t.throws(() => validate(engine, {}, { LogConfig: { Type: 'none' }, [field]: value }), field);
  for (const [field, value] of Object.entries(HOST.warned ?? {})) {
    const { hostConfig, warnings } = withinKernelLimits(settings, { [field]: value });
    t.equal(warnings.length, 1, field);
    t.equal((hostConfig as Record<string, unknown>)[field], 0, `${field} is discarded`);
  }
  t.throws(() => validateMount({ Type: 'cluster', Target: '/x' }), 'a type of mount that is not built');
});

const spec = process.env.SKIFF_API_SPEC ?? '';
t.test('fields of the API', { skip: !existsSync(spec) && 'SKIFF_API_SPEC names no file' }, async (t) => {
  const text = readFileSync(spec, 'utf8');
  for (const [name, , fates] of TABLES) {
    // The description has Init among the limits.
    const known = [...fieldsOf(fates), ...(fates === LIMITS ? ['Init'] : [])];
    for (const field of propertiesOf(text, name)) t.ok(known.includes(field), `${name}.${field}`);
  }
});

/** The names at the depth of a definition's first property; enough YAML for this one document. */
function propertiesOf(text: string, definition: string): string[] {
  const start = text.indexOf(`\n  ${definition}:\n`);
  const rest = text
    .slice(start + 1)
    .split('\n')
    .slice(1);
  const end = rest.findIndex((line) => /^ {0,2}\S/.test(line));
  const lines = rest.slice(0, end);
  const first = lines.findIndex((line) => /^ +properties:$/.test(line));
  const depth = (lines[first]?.indexOf('p') ?? 0) + 2;
  const property = new RegExp(`^ {${depth}}(\\w+):`);
  return lines.slice(first).flatMap((line) => property.exec(line)?.[1] ?? []);
}
