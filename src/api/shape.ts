/**
 * What clients of older API versions are answered. Daemon code makes today's shape and no other; each entry of the
 * table undoes one change of the API's history, newest first, so that an answer for 1.30 passes through every change
 * since. Fields that came later are left in where dockerd leaves them (`DNSNames`, `GwPriority`; the containers of
 * `/system/df` in their newest shape): clients skip what they do not know.
 */
import {
  hideIndex,
  showContainerFields,
  showContainerOfImage,
  showEmptyImageFields,
  showVirtualSize,
} from './shape-image.ts';
import { olderThan } from './version.ts';

export type Shape =
  | 'container-inspect'
  | 'container-summary'
  | 'image-inspect'
  | 'info'
  | 'network'
  | 'network-summary';

type Fields = Record<string, unknown>;

interface Change {
  /** The first version that has the new shape. */
  until: string;
  shape: Shape;
  /** Turns the new shape into the one before, in place. */
  undo: (document: Fields) => void;
}

const CHANGES: readonly Change[] = [
  { until: '1.52', shape: 'container-inspect', undo: showDefaultBridge },
  { until: '1.52', shape: 'container-inspect', undo: showOnBuild },
  { until: '1.52', shape: 'container-summary', undo: hideHealth },
  { until: '1.52', shape: 'image-inspect', undo: showEmptyImageFields },
  { until: '1.52', shape: 'network', undo: hideStatus },
  { until: '1.52', shape: 'network-summary', undo: showContainers },
  { until: '1.50', shape: 'image-inspect', undo: showContainerFields },
  { until: '1.50', shape: 'info', undo: showBridgeNetfilter },
  { until: '1.49', shape: 'info', undo: showExpectedCommits },
  { until: '1.49', shape: 'info', undo: hideFirewall },
  { until: '1.49', shape: 'info', undo: showNondistributable },
  { until: '1.48', shape: 'container-inspect', undo: hideManifest },
  { until: '1.48', shape: 'container-summary', undo: hideManifest },
  { until: '1.48', shape: 'image-inspect', undo: hideIndex },
  { until: '1.48', shape: 'network', undo: hideIpv4 },
  { until: '1.48', shape: 'network-summary', undo: hideIpv4 },
  { until: '1.46', shape: 'container-summary', undo: hideAnnotations },
  { until: '1.45', shape: 'container-inspect', undo: showOwnNamesAsAliases },
  { until: '1.45', shape: 'image-inspect', undo: showContainerOfImage },
  { until: '1.44', shape: 'image-inspect', undo: showVirtualSize },
  { until: '1.42', shape: 'container-inspect', undo: showKernelMemory },
  { until: '1.42', shape: 'info', undo: showKernelMemorySupport },
  { until: '1.25', shape: 'info', undo: showPlainSecurityOptions },
  { until: '1.25', shape: 'info', undo: showExecutionDriver },
];

/** The document as `version` has it. Never changes what it was given; returns it if there is nothing to do. */
export function shapeFor<T extends object>(version: string, shape: Shape, document: T): T {
  const due = CHANGES.filter((change) => change.shape === shape && olderThan(version, change.until));
  if (due.length === 0) return document;
  const copy = structuredClone(document);
  for (const change of due) change.undo(copy as Fields);
  return copy;
}

/** The endpoint on the default bridge stood in NetworkSettings itself. */
function showDefaultBridge(inspect: Fields): void {
  const settings = fields(inspect.NetworkSettings);
  const bridge = fields(fields(settings.Networks).bridge);
  const text = (name: string) => bridge[name] ?? '';
  Object.assign(settings, {
    Bridge: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: text('EndpointID'),
    Gateway: text('Gateway'),
    GlobalIPv6Address: text('GlobalIPv6Address'),
    GlobalIPv6PrefixLen: bridge.GlobalIPv6PrefixLen ?? 0,
    IPAddress: text('IPAddress'),
    IPPrefixLen: bridge.IPPrefixLen ?? 0,
    IPv6Gateway: text('IPv6Gateway'),
    MacAddress: text('MacAddress'),
  });
}

function showOnBuild(inspect: Fields): void {
  fields(inspect.Config).OnBuild ??= null;
}

function hideManifest(container: Fields): void {
  delete container.ImageManifestDescriptor;
}

/** `ps` told of it in words only. */
function hideHealth(summary: Fields): void {
  delete summary.Health;
}

function hideAnnotations(summary: Fields): void {
  delete fields(summary.HostConfig).Annotations;
}

/** How full the subnets are was not told. */
function hideStatus(network: Fields): void {
  delete network.Status;
}

/** An empty map stood in the list. */
function showContainers(network: Fields): void {
  network.Containers ??= {};
}

/** IPv4 was a matter of course. */
function hideIpv4(network: Fields): void {
  delete network.EnableIPv4;
}

/** On user-defined networks the short id and the host name were among the aliases. */
function showOwnNamesAsAliases(inspect: Fields): void {
  const own = [String(inspect.Id).slice(0, 12), String(fields(inspect.Config).Hostname ?? '')];
  const networks = fields(fields(inspect.NetworkSettings).Networks);
  for (const [name, endpoint] of Object.entries(networks)) {
    if (name === 'bridge' || name === 'host' || name === 'none') continue;
    const { Aliases } = fields(endpoint);
    const aliases = Array.isArray(Aliases) ? Aliases : [];
    fields(endpoint).Aliases = [...new Set([...aliases, ...own.filter(Boolean)])];
  }
}

function showKernelMemory(inspect: Fields): void {
  const host = fields(inspect.HostConfig);
  host.KernelMemory ??= 0;
  host.KernelMemoryTCP ??= 0;
}

/** Clients that know the fields warn when they are not set. */
function showBridgeNetfilter(info: Fields): void {
  Object.assign(info, { BridgeNfIptables: true, BridgeNfIp6tables: true });
}

function showExpectedCommits(info: Fields): void {
  for (const name of ['ContainerdCommit', 'RuncCommit', 'InitCommit']) {
    const commit = fields(info[name]);
    commit.Expected = commit.ID;
  }
}

function hideFirewall(info: Fields): void {
  delete info.FirewallBackend;
}

/** Layers that may not leave their registry: null since 1.48. */
function showNondistributable(info: Fields): void {
  Object.assign(fields(info.RegistryConfig), {
    AllowNondistributableArtifactsCIDRs: null,
    AllowNondistributableArtifactsHostnames: null,
  });
}

/** What ran containers before containerd did. */
function showExecutionDriver(info: Fields): void {
  info.ExecutionDriver = '<not supported>';
}

function showKernelMemorySupport(info: Fields): void {
  if (info.CgroupVersion === '1') Object.assign(info, { KernelMemory: true, KernelMemoryTCP: true });
}

/** `name=seccomp,profile=builtin` was `seccomp`. */
function showPlainSecurityOptions(info: Fields): void {
  const options = Array.isArray(info.SecurityOptions) ? info.SecurityOptions : [];
  info.SecurityOptions = options.map((option) => String(option).replace(/^name=([^,]*).*/, '$1'));
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
