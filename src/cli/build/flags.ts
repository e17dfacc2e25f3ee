// The flags of `skiff build`, and the query that they make.

import { bool, bytes, checked, each, int, list, string, strings, type Values } from '../args/flag.ts';
import { checkExtraHost, checkLabel, checkVariable } from '../create/checks.ts';
import { splitPair } from '../create/files.ts';
import { parseUlimit } from '../create/limits.ts';
import { parseReference } from '../registry/reference.ts';

export const buildFlags = {
  'add-host': checked('Add a custom host-to-IP mapping ("host:ip")', checkExtraHost),
  allow: list('Allow steps what is the host\'s ("network.host", "security.insecure")'),
  'build-arg': checked('Set build-time variables', checkVariable),
  'cache-from': strings('Images to consider as cache sources'),
  'cgroup-parent': string('Set the parent cgroup for the "RUN" instructions during build'),
  compress: bool('Compress the build context using gzip', { hidden: true }),
  'cpu-period': int('Limit the CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': int('Limit the CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-shares': int('CPU shares (relative weight)', { short: 'c' }),
  'cpuset-cpus': string('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': string('MEMs in which to allow execution (0-3, 0,1)'),
  'disable-content-trust': bool('Skip image verification', { initial: true, hidden: true }),
  file: string('Name of the Dockerfile (Default is "PATH/Dockerfile")', { short: 'f' }),
  'force-rm': bool('Always remove intermediate containers'),
  iidfile: string('Write the image ID to the file'),
  isolation: string('Container isolation technology', { hidden: true }),
  label: checked('Set metadata for an image', checkLabel),
  memory: bytes('Memory limit', { short: 'm' }),
  'memory-swap': bytes('Swap limit equal to memory plus swap: -1 to enable unlimited swap', {
    unlimited: true,
  }),
  network: string('Set the networking mode for the RUN instructions during build', { initial: 'default' }),
  'no-cache': bool('Do not use cache when building the image'),
  'no-cache-filter': strings('Do not cache specified stages'),
  platform: string('Set platform if server is multi-platform capable'),
  output: list('Output destination (format: "type=local,dest=path")', { short: 'o' }),
  progress: string('Set type of progress output ("auto", "plain", "tty", "quiet")', { initial: 'auto' }),
  pull: bool('Always attempt to pull a newer version of the image'),
  quiet: bool('Suppress the build output and print image ID on success', { short: 'q' }),
  rm: bool('Remove intermediate containers after a successful build', { initial: true }),
  secret: list('Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")'),
  'security-opt': strings('Security options'),
  'shm-size': bytes('Size of "/dev/shm"'),
  ssh: list(
    'SSH agent socket or keys to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")',
  ),
  squash: bool('Squash newly built layers into a single new layer', { hidden: true }),
  tag: checked('Name and optionally a tag in the "name:tag" format', checkName, { short: 't' }),
  target: string('Set the target build stage to build.'),
  ulimit: each('ulimit', 'Ulimit options', parseUlimit),
};

export type BuildValues = Values<typeof buildFlags>;
type Env = Readonly<Record<string, string | undefined>>;

export function buildQuery(flags: BuildValues, env: Env): Record<string, unknown> {
  return {
    t: [...flags.tag],
    q: flags.quiet,
    nocache: flags['no-cache'],
    nocachefilter: flags['no-cache-filter'].length > 0 ? JSON.stringify(flags['no-cache-filter']) : undefined,
    rm: flags.rm ? '1' : '0',
    forcerm: flags['force-rm'],
    pull: flags.pull,
    target: flags.target,
    platform: flags.platform,
    networkmode: flags.network,
    squash: flags.squash,
    extrahosts: [...flags['add-host']],
    buildargs: buildArguments(flags['build-arg'], env),
    labels: flags.label.length > 0 ? Object.fromEntries(flags.label.map(splitPair)) : undefined,
    cachefrom: flags['cache-from'].length > 0 ? JSON.stringify(flags['cache-from']) : undefined,
    ulimits: flags.ulimit.length > 0 ? JSON.stringify(flags.ulimit) : undefined,
    securityopt: [...flags['security-opt']],
    allow: [...flags.allow],
    isolation: flags.isolation,
    cgroupparent: flags['cgroup-parent'],
    cpuperiod: flags['cpu-period'] || undefined,
    cpuquota: flags['cpu-quota'] || undefined,
    cpushares: flags['cpu-shares'] || undefined,
    cpusetcpus: flags['cpuset-cpus'],
    cpusetmems: flags['cpuset-mems'],
    memory: flags.memory || undefined,
    memswap: flags['memory-swap'] || undefined,
    shmsize: flags['shm-size'] || undefined,
  };
}

/** A bare name takes its value from the environment; null tells the engine to leave the default. */
function buildArguments(given: readonly string[], env: Env): Record<string, string | null> | undefined {
  if (given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((text) => (text.includes('=') ? splitPair(text) : [text, env[text] ?? null])),
  );
}

/** Before anything is sent: a context may be large. */
function checkName(text: string): string {
  parseReference(text);
  return text;
}
