/** The configuration that a daemon runs with: every default filled in, every value checked. */
import { join } from 'node:path';
import { type Host, parseHost } from './host.ts';
import type { Settings } from './options.ts';
import { parseSize } from './size.ts';
import { refuseUnsupported, unusedSettings } from './unsupported.ts';
import {
  absolute,
  addressPools,
  DEFAULT_EXEC_ROOT,
  hostAddress,
  instanceName,
  logFormat,
  logLevel,
  oneOf,
  proxies,
  runtimes,
  tlsConfig,
  ulimits,
} from './values.ts';

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
  /** What `host-gateway` stands for; empty: the host's addresses on the default bridge. */
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
    unused: unusedSettings(settings),
  };
}
