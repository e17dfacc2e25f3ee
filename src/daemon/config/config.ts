/** The configuration that a daemon runs with: every default filled in, every value checked. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { isAbsolute, join, resolve } from 'node:path';
import { invalidArgument } from '../../core/errors.ts';
import { FOREIGN_OPTIONS } from './foreign-options.ts';
import { type Host, parseHost } from './host.ts';
import { nameOf, type Settings, type Value } from './options.ts';
import { parseSize } from './size.ts';

export const DEFAULT_EXEC_ROOT = '/run/skiff';
export const DEFAULT_CONFIG_FILE = '/etc/skiff/daemon.json';
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export interface TlsConfig {
  verify: boolean;
  caCert: string;
  cert: string;
  key: string;
}

export interface AddressPool {
  base: string;
  size: number;
}

export interface DaemonConfig {
  hosts: Host[];
  dataRoot: string;
  execRoot: string;
  pidFile: string;
  instance: string;
  /** Owner of the unix socket; '' for the daemon's own group. */
  group: string;
  logLevel: string;
  logFormat: 'text' | 'json' | undefined;
  labels: string[];
  /** Seconds. */
  shutdownTimeout: number;
  tls: TlsConfig | undefined;
  allowUnauthenticatedTcp: boolean;
  bridge: string | undefined;
  bip: string | undefined;
  bip6: string | undefined;
  fixedCidr: string | undefined;
  fixedCidr6: string | undefined;
  ipv6: boolean;
  defaultGateway: string | undefined;
  defaultGateway6: string | undefined;
  icc: boolean;
  /** The host's address that ports of the default bridge are published on. */
  defaultIp: string | undefined;
  ipForward: boolean;
  ipMasq: boolean;
  userlandProxy: boolean;
  mtu: number | undefined;
  defaultAddressPools: AddressPool[] | undefined;
  /** Published ports are reached from other machines even if this host's own firewall denies. */
  publishOpen: boolean;
  /** Containers reach beyond this host even if its own forward chains let nothing through. */
  outgoing: boolean;
  dns: string[];
  dnsOptions: string[];
  dnsSearch: string[];
  registryMirrors: string[];
  insecureRegistries: string[];
  maxConcurrentDownloads: number;
  defaultRuntime: string;
  /** Name → program, besides runc. */
  runtimes: Record<string, string>;
  cgroupParent: string;
  defaultUlimits: Record<string, { Soft: number; Hard: number }>;
  defaultShmSize: number;
  initPath: string | undefined;
  seccompProfile: string | undefined;
  logDriver: string;
  logOptions: Record<string, string>;
  /** Containers that do not say otherwise have an init, gain no privileges, and these namespaces. */
  init: boolean;
  noNewPrivileges: boolean;
  defaultIpcMode: string;
  /** Undefined: what Docker has on this kernel. */
  defaultCgroupnsMode: string | undefined;
  /** What `host-gateway` stands for; empty: the bridge's address. */
  hostGatewayIps: string[];
  /** By the environment variable that says the same. */
  proxies: Record<string, string>;
  /** What was set and changes nothing, in words. */
  unused: string[];
}

/** Throws `invalid-argument` naming the setting that cannot be. */
export function settle(settings: Settings): DaemonConfig {
  const text = (key: string, absent: string) => (settings.get(key) as string | undefined) || absent;
  const list = (key: string) => (settings.get(key) as string[] | undefined) ?? [];
  const number = (key: string, absent: number) => (settings.get(key) as number | undefined) ?? absent;
  const flag = (key: string) => settings.get(key) === true;
  const unlessOff = (key: string) => settings.get(key) !== false;
  const given = (key: string) => (settings.get(key) as string | undefined) || undefined;
  const map = (key: string) => (settings.get(key) as Record<string, unknown> | undefined) ?? {};
  refuseUnsupported(settings);
  const execRoot = absolute('exec-root', text('exec-root', DEFAULT_EXEC_ROOT));
  const instance = instanceName(text('instance', ''), execRoot);
  const hosts = list('hosts');
  return {
    hosts: (hosts.length > 0 ? hosts : [`unix://${join(execRoot, 'skiff.sock')}`]).map(parseHost),
    dataRoot: absolute('data-root', text('data-root', '/var/lib/skiff')),
    execRoot,
    pidFile: text('pidfile', join(execRoot, 'skiffd.pid')),
    instance,
    group: text('group', ''),
    logLevel: logLevel(flag('debug') ? 'debug' : text('log-level', 'info')),
    logFormat: logFormat(settings.get('log-format')),
    labels: list('labels'),
    shutdownTimeout: number('shutdown-timeout', 15),
    tls: tlsConfig(settings),
    allowUnauthenticatedTcp: flag('allow-unauthenticated-tcp'),
    bridge: settings.get('bridge') as string | undefined,
    bip: settings.get('bip') as string | undefined,
    bip6: given('bip6'),
    fixedCidr: given('fixed-cidr'),
    fixedCidr6: given('fixed-cidr-v6'),
    ipv6: flag('ipv6'),
    defaultGateway: given('default-gateway'),
    defaultGateway6: given('default-gateway-v6'),
    icc: unlessOff('icc'),
    defaultIp: given('ip'),
    ipForward: unlessOff('ip-forward'),
    ipMasq: unlessOff('ip-masq'),
    userlandProxy: unlessOff('userland-proxy'),
    mtu: settings.get('mtu') as number | undefined,
    defaultAddressPools: addressPools(settings.get('default-address-pools')),
    publishOpen: flag('publish-open'),
    outgoing: unlessOff('outgoing'),
    dns: list('dns'),
    dnsOptions: list('dns-opts'),
    dnsSearch: list('dns-search'),
    registryMirrors: list('registry-mirrors'),
    insecureRegistries: list('insecure-registries'),
    maxConcurrentDownloads: number('max-concurrent-downloads', 3),
    defaultRuntime: text('default-runtime', 'runc'),
    runtimes: runtimes(map('runtimes')),
    cgroupParent: text('cgroup-parent', `/${instance}`),
    defaultUlimits: ulimits(map('default-ulimits')),
    defaultShmSize: parseSize(text('default-shm-size', '64m'), 'default-shm-size'),
    initPath: settings.get('init-path') as string | undefined,
    seccompProfile: settings.get('seccomp-profile') as string | undefined,
    logDriver: text('log-driver', 'json-file'),
    logOptions: map('log-opts') as Record<string, string>,
    init: flag('init'),
    noNewPrivileges: flag('no-new-privileges'),
    defaultIpcMode:
      oneOf('default-ipc-mode', ['private', 'shareable'], given('default-ipc-mode')) ?? 'private',
    defaultCgroupnsMode: oneOf('default-cgroupns-mode', ['private', 'host'], given('default-cgroupns-mode')),
    hostGatewayIps: list('host-gateway-ips').map(hostAddress),
    proxies: proxies(settings),
    unused: [...unusedExecOptions(list('exec-opts')), ...foreignSettings(settings)],
  };
}

function oneOf(key: string, words: string[], word: string | undefined): string | undefined {
  if (word === undefined || words.includes(word)) return word;
  throw invalidArgument(`${key}: ${word} is not supported: ${words.join(' or ')}`);
}

function hostAddress(address: string): string {
  if (isIP(address) !== 0) return address;
  throw invalidArgument(`host-gateway-ips: ${address} is no IP address`);
}

/** Flags come before the file. */
function proxies(settings: Settings): Record<string, string> {
  const file = (settings.get('proxies') as Record<string, unknown> | undefined) ?? {};
  const names = { 'http-proxy': 'HTTP_PROXY', 'https-proxy': 'HTTPS_PROXY', 'no-proxy': 'NO_PROXY' };
  return Object.fromEntries(
    Object.entries(names).flatMap(([key, variable]) => {
      const value = settings.get(key) ?? file[key];
      return typeof value === 'string' && value !== '' ? [[variable, value]] : [];
    }),
  );
}

/** Throws for those that somebody would rely on. What is switched off or empty says nothing. */
function foreignSettings(settings: Settings): string[] {
  return FOREIGN_OPTIONS.flatMap((option) => {
    const value = settings.get(nameOf(option));
    const isOff = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    if (isOff || (option.refused && value === false)) return [];
    if (option.refused) throw invalidArgument(`${nameOf(option)}: ${option.about}`);
    return [`${nameOf(option)} changes nothing: ${option.about}`];
  });
}

/** Names every kernel object of this engine, so it must differ between engines and be the same at each start. */
function instanceName(given: string, execRoot: string): string {
  if (given === '') {
    if (execRoot === DEFAULT_EXEC_ROOT) return 'skiff';
    return `s${createHash('sha256').update(execRoot).digest('hex').slice(0, 7)}`;
  }
  if (/^[a-z][a-z0-9]{0,7}$/.test(given)) return given;
  throw invalidArgument(`invalid instance "${given}": 1 to 8 characters of a-z and 0-9, a letter first`);
}

function refuseUnsupported(settings: Settings): void {
  const driver = settings.get('storage-driver');
  if (driver && driver !== 'overlay2' && driver !== 'overlay')
    throw invalidArgument(`storage driver ${driver} is not supported: overlay2 is`);
  if (settings.get('live-restore') === false)
    throw invalidArgument('live-restore cannot be turned off: containers outlive the daemon');
}

/**
 * Limits hold whichever driver sets them, so a file that was written for systemd's is taken; /info tells the truth.
 * Why containers are not put into systemd's scopes: runtime/README.md.
 */
function unusedExecOptions(options: string[]): string[] {
  return options.flatMap((option) => {
    const [, driver] = /^native\.cgroupdriver=(.*)$/.exec(option) ?? [];
    if (driver === undefined)
      throw invalidArgument(`exec-opts: ${option} is not known: native.cgroupdriver is`);
    if (driver === 'cgroupfs') return [];
    if (driver === 'systemd')
      return [`${option} changes nothing: containers are started by the cgroupfs driver, also under systemd`];
    throw invalidArgument(`native.cgroupdriver option ${driver} not supported`);
  });
}

function absolute(name: string, path: string): string {
  if (isAbsolute(path)) return resolve(path);
  throw invalidArgument(`${name} must be an absolute path: ${path}`);
}

function logLevel(level: string): string {
  if (LOG_LEVELS.includes(level)) return level;
  throw invalidArgument(`unable to parse logging level: ${level}`);
}

function logFormat(format: Value | undefined): 'text' | 'json' | undefined {
  if (format === undefined || format === 'text' || format === 'json') return format;
  throw invalidArgument(`unknown log format ${format}: text or json`);
}

function tlsConfig(settings: Settings): TlsConfig | undefined {
  const verify = settings.get('tlsverify') === true;
  if (!verify && settings.get('tls') !== true) return undefined;
  const file = (key: string) => {
    const path = settings.get(key);
    if (typeof path === 'string') return path;
    throw invalidArgument(`TLS is asked for but ${key} is not set`);
  };
  return { verify, caCert: verify ? file('tlscacert') : '', cert: file('tlscert'), key: file('tlskey') };
}

function addressPools(given: Value | undefined): AddressPool[] | undefined {
  if (given === undefined) return undefined;
  return (given as Record<string, unknown>[]).map(({ base, size }) => {
    const bits = Number(size);
    if (typeof base !== 'string' || !Number.isInteger(bits))
      throw invalidArgument('default-address-pools: each needs a base and a size');
    return { base, size: bits };
  });
}

/** `name=path` of a flag, `{ "path": … }` of the file. */
function runtimes(given: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const path = typeof value === 'string' ? value : (value as { path?: unknown } | null)?.path;
      if (typeof path !== 'string') throw invalidArgument(`runtimes: ${name} has no path`);
      return [name, path];
    }),
  );
}

/** `nofile=1024:2048` of a flag, `{ "Name", "Soft", "Hard" }` of the file. */
function ulimits(given: Record<string, unknown>): DaemonConfig['defaultUlimits'] {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, ulimit(name, value)]));
}

function ulimit(name: string, value: unknown): { Soft: number; Hard: number } {
  if (typeof value === 'string') {
    const [soft = '', hard = soft] = value.split(':');
    if (/^-?\d+$/.test(soft) && /^-?\d+$/.test(hard)) return { Soft: Number(soft), Hard: Number(hard) };
  } else {
    const { Soft, Hard } = (value ?? {}) as { Soft?: unknown; Hard?: unknown };
    if (typeof Soft === 'number' && typeof Hard === 'number') return { Soft, Hard };
  }
  throw invalidArgument(`default-ulimits: ${name} needs a soft and a hard limit`);
}
