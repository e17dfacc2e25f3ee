/** Every setting of the daemon once: its key in daemon.json, its flag, what it holds. Names are dockerd's. */
import { FOREIGN_OPTIONS } from './foreign-options.ts';

export type OptionKind = 'text' | 'flag' | 'number' | 'list' | 'map' | 'json';

export interface Option {
  /** In daemon.json; '' for what only the command line knows. */
  key: string;
  /** '' for what only the file can say. */
  flag: string;
  short?: string;
  kind: OptionKind;
  about: string;
}

const OWN_OPTIONS: readonly Option[] = [
  { key: 'hosts', flag: 'host', short: 'H', kind: 'list', about: 'Where to listen: unix://, tcp://, fd://' },
  { key: 'data-root', flag: 'data-root', kind: 'text', about: 'Directory of what is kept' },
  { key: 'exec-root', flag: 'exec-root', kind: 'text', about: 'Directory of what lives until the next boot' },
  { key: 'pidfile', flag: 'pidfile', short: 'p', kind: 'text', about: 'File that holds the process id' },
  { key: '', flag: 'config-file', kind: 'text', about: 'Configuration file' },
  { key: '', flag: 'validate', kind: 'flag', about: 'Check the configuration and exit' },
  { key: 'group', flag: 'group', short: 'G', kind: 'text', about: 'Group that owns the unix socket' },
  { key: 'instance', flag: 'instance', kind: 'text', about: 'Name of this engine among several on a host' },
  { key: 'debug', flag: 'debug', short: 'D', kind: 'flag', about: 'Log everything' },
  {
    key: 'log-level',
    flag: 'log-level',
    short: 'l',
    kind: 'text',
    about: 'debug, info, warn, error or fatal',
  },
  { key: 'log-format', flag: 'log-format', kind: 'text', about: 'text or json' },
  { key: 'labels', flag: 'label', kind: 'list', about: 'key=value labels of the daemon' },
  { key: 'shutdown-timeout', flag: 'shutdown-timeout', kind: 'number', about: 'Seconds to finish requests' },
  {
    key: 'live-restore',
    flag: 'live-restore',
    kind: 'flag',
    about: 'Always on: containers outlive the daemon',
  },

  { key: 'tls', flag: 'tls', kind: 'flag', about: 'Use TLS on tcp:// hosts' },
  { key: 'tlsverify', flag: 'tlsverify', kind: 'flag', about: 'Use TLS and ask clients for a certificate' },
  { key: 'tlscacert', flag: 'tlscacert', kind: 'text', about: 'Trust certificates signed by this authority' },
  { key: 'tlscert', flag: 'tlscert', kind: 'text', about: 'TLS certificate file' },
  { key: 'tlskey', flag: 'tlskey', kind: 'text', about: 'TLS key file' },
  {
    key: 'allow-unauthenticated-tcp',
    flag: 'allow-unauthenticated-tcp',
    kind: 'flag',
    about: 'Listen on tcp:// without client certificates: whoever can connect is root on this host',
  },

  { key: 'bridge', flag: 'bridge', short: 'b', kind: 'text', about: "The default bridge's link, or none" },
  { key: 'bip', flag: 'bip', kind: 'text', about: "The default bridge's address and prefix" },
  { key: 'bip6', flag: 'bip6', kind: 'text', about: "The default bridge's IPv6 address and prefix" },
  {
    key: 'fixed-cidr',
    flag: 'fixed-cidr',
    kind: 'text',
    about: 'Range of the default bridge for containers',
  },
  { key: 'fixed-cidr-v6', flag: 'fixed-cidr-v6', kind: 'text', about: 'The same for IPv6' },
  { key: 'ipv6', flag: 'ipv6', kind: 'flag', about: 'IPv6 on the default bridge' },
  { key: 'default-gateway', flag: 'default-gateway', kind: 'text', about: 'Gateway of the default bridge' },
  { key: 'default-gateway-v6', flag: 'default-gateway-v6', kind: 'text', about: 'The same for IPv6' },
  {
    key: 'icc',
    flag: 'icc',
    kind: 'flag',
    about: 'Containers of the default bridge reach each other (default true)',
  },
  { key: 'ip', flag: 'ip', kind: 'text', about: "This host's address that the default bridge publishes on" },
  { key: 'ip-forward', flag: 'ip-forward', kind: 'flag', about: 'Make a router of this host (default true)' },
  {
    key: 'ip-masq',
    flag: 'ip-masq',
    kind: 'flag',
    about: "Send in this host's name from the default bridge (default true)",
  },
  {
    key: 'userland-proxy',
    flag: 'userland-proxy',
    kind: 'flag',
    about: 'Pass on connections that the kernel does not translate (default true)',
  },
  { key: 'mtu', flag: 'mtu', kind: 'number', about: 'MTU of container links' },
  {
    key: 'default-address-pools',
    flag: 'default-address-pool',
    kind: 'json',
    about: 'Pools for networks without a subnet',
  },
  {
    key: 'publish-open',
    flag: 'publish-open',
    kind: 'flag',
    about: "Open published ports to other machines even if this host's own firewall denies",
  },
  {
    key: 'outgoing',
    flag: 'outgoing',
    kind: 'flag',
    about: "Let containers out through this host's forward chains that drop (default true)",
  },
  {
    key: 'host-gateway-ips',
    flag: 'host-gateway-ip',
    kind: 'list',
    about: "Addresses that host-gateway stands for in --add-host; the bridge's by default",
  },
  { key: 'dns', flag: 'dns', kind: 'list', about: 'DNS servers of containers' },
  { key: 'dns-opts', flag: 'dns-opt', kind: 'list', about: 'DNS options of containers' },
  { key: 'dns-search', flag: 'dns-search', kind: 'list', about: 'DNS search domains of containers' },

  {
    key: 'registry-mirrors',
    flag: 'registry-mirror',
    kind: 'list',
    about: 'Mirrors of the default registry',
  },
  { key: '', flag: 'http-proxy', kind: 'text', about: 'Proxy of registries that are reached by http' },
  { key: '', flag: 'https-proxy', kind: 'text', about: 'Proxy of registries that are reached by https' },
  { key: '', flag: 'no-proxy', kind: 'text', about: 'Hosts that are reached without a proxy' },
  { key: 'proxies', flag: '', kind: 'map', about: 'The same three in a file' },
  { key: 'insecure-registries', flag: 'insecure-registry', kind: 'list', about: 'Registries without TLS' },
  {
    key: 'max-concurrent-downloads',
    flag: 'max-concurrent-downloads',
    kind: 'number',
    about: 'Layers fetched at once for a pull',
  },

  { key: 'default-runtime', flag: 'default-runtime', kind: 'text', about: 'OCI runtime of containers' },
  { key: 'runtimes', flag: 'add-runtime', kind: 'map', about: 'name=path of a further OCI runtime' },
  { key: 'cgroup-parent', flag: 'cgroup-parent', kind: 'text', about: 'Parent of the cgroups of containers' },
  { key: 'exec-opts', flag: 'exec-opt', kind: 'list', about: 'native.cgroupdriver=cgroupfs or systemd' },
  { key: 'default-ulimits', flag: 'default-ulimit', kind: 'map', about: 'Ulimits of containers' },
  {
    key: 'default-shm-size',
    flag: 'default-shm-size',
    kind: 'text',
    about: 'Size of /dev/shm of containers',
  },
  { key: 'init', flag: 'init', kind: 'flag', about: 'Run an init in containers that do not say otherwise' },
  {
    key: 'no-new-privileges',
    flag: 'no-new-privileges',
    kind: 'flag',
    about: 'Containers that do not say otherwise gain no privileges',
  },
  {
    key: 'default-ipc-mode',
    flag: 'default-ipc-mode',
    kind: 'text',
    about: 'IPC namespace of containers: private or shareable',
  },
  {
    key: 'default-cgroupns-mode',
    flag: 'default-cgroupns-mode',
    kind: 'text',
    about: 'Cgroup namespace of containers: private or host',
  },
  { key: 'init-path', flag: 'init-path', kind: 'text', about: 'Static program for --init' },
  { key: 'seccomp-profile', flag: 'seccomp-profile', kind: 'text', about: 'The default seccomp profile' },
  { key: 'log-driver', flag: 'log-driver', kind: 'text', about: 'Log driver of containers' },
  { key: 'log-opts', flag: 'log-opt', kind: 'map', about: 'Options of the log driver' },
  {
    key: 'storage-driver',
    flag: 'storage-driver',
    short: 's',
    kind: 'text',
    about: 'overlay2 is the only one',
  },
];

export const OPTIONS: readonly Option[] = [...OWN_OPTIONS, ...FOREIGN_OPTIONS];

/** A setting as it was given: text, true, a number, a list or a map. */
export type Value = string | boolean | number | string[] | Record<string, unknown> | unknown[];

/** By key (or by flag, for what has no key). */
export type Settings = Map<string, Value>;

export const nameOf = (option: Option) => option.key || option.flag;
