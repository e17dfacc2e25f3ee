/**
 * Settings of dockerd that nothing of this engine answers to. Files and command lines that were written for dockerd
 * are taken as they are: what changes nothing here is said in the log; what a person would rely on is refused.
 */
import type { Option } from './options.ts';

export interface ForeignOption extends Option {
  /** It must not be thought to hold: refused where it is turned on. */
  refused?: boolean;
}

const NO_CONTAINERD = 'there is no containerd: conmon holds each container';
const NO_SWARM = 'there is no swarm';

export const FOREIGN_OPTIONS: readonly ForeignOption[] = [
  { key: 'containerd', flag: 'containerd', kind: 'text', about: NO_CONTAINERD },
  { key: 'containerd-namespace', flag: 'containerd-namespace', kind: 'text', about: NO_CONTAINERD },
  {
    key: 'containerd-plugin-namespace',
    flag: 'containerd-plugins-namespace',
    kind: 'text',
    about: NO_CONTAINERD,
  },
  { key: 'cri-containerd', flag: 'cri-containerd', kind: 'flag', about: NO_CONTAINERD },
  { key: 'experimental', flag: 'experimental', kind: 'flag', about: 'nothing is hidden behind it' },
  { key: 'features', flag: '', kind: 'map', about: 'nothing is hidden behind them' },
  { key: '', flag: 'feature', kind: 'list', about: 'nothing is hidden behind them' },
  { key: 'builder', flag: '', kind: 'map', about: 'the build cache is bounded by the prune commands' },
  {
    key: 'iptables',
    flag: 'iptables',
    kind: 'flag',
    about: 'one nftables table holds all rules, and no others are touched',
  },
  { key: 'ip6tables', flag: 'ip6tables', kind: 'flag', about: 'the same' },
  { key: 'ip-forward-no-drop', flag: 'ip-forward-no-drop', kind: 'flag', about: 'no policy is ever changed' },
  {
    key: 'userland-proxy-path',
    flag: 'userland-proxy-path',
    kind: 'text',
    about: 'the proxy is a part of skiffd',
  },
  {
    key: 'network-control-plane-mtu',
    flag: 'network-control-plane-mtu',
    kind: 'number',
    about: NO_SWARM,
  },
  {
    key: 'swarm-default-advertise-addr',
    flag: 'swarm-default-advertise-addr',
    kind: 'text',
    about: NO_SWARM,
  },
  { key: 'node-generic-resources', flag: 'node-generic-resource', kind: 'list', about: NO_SWARM },
  {
    key: 'max-concurrent-uploads',
    flag: 'max-concurrent-uploads',
    kind: 'number',
    about: 'a push sends what it sends',
  },
  {
    key: 'max-download-attempts',
    flag: 'max-download-attempts',
    kind: 'number',
    about: 'a download is tried as often as it gets on',
  },
  { key: 'raw-logs', flag: 'raw-logs', kind: 'flag', about: '--log-format says how the log is written' },
  { key: 'cdi-spec-dirs', flag: 'cdi-spec-dir', kind: 'list', about: 'CDI devices are refused' },
  {
    key: 'authorization-plugins',
    flag: 'authorization-plugin',
    kind: 'list',
    about: 'plugins are not supported: nobody would be asked',
    refused: true,
  },
  {
    key: 'userns-remap',
    flag: 'userns-remap',
    kind: 'text',
    about: 'user namespaces are not supported: root in a container is root',
    refused: true,
  },
  {
    key: 'selinux-enabled',
    flag: 'selinux-enabled',
    kind: 'flag',
    about: 'SELinux is not supported',
    refused: true,
  },
  { key: '', flag: 'rootless', kind: 'flag', about: 'skiffd needs root', refused: true },
  {
    key: 'metrics-addr',
    flag: 'metrics-addr',
    kind: 'text',
    about: 'metrics are not served',
    refused: true,
  },
  {
    key: 'storage-opts',
    flag: 'storage-opt',
    kind: 'list',
    about: 'the overlay2 driver of skiffd has no options',
    refused: true,
  },
];
