/** What POST /containers/create was not, or is no longer, allowed to say in a version of the API: dockerd's words. */
import type { ContainerCreateRequest, Mount } from './container.ts';
import { hasOwnNetwork, mainEndpointName } from './main-endpoint.ts';
import { olderThan } from './version.ts';

interface Rule {
  /** For clients older than this. */
  until?: string;
  /** For clients of this version and newer. */
  since?: string;
  refuse: (request: ContainerCreateRequest) => string | undefined;
}

const RULES: readonly Rule[] = [
  { since: '1.42', refuse: eachMount(foreignOptions) },
  { until: '1.44', refuse: eachMount(forcedRecursion) },
  { until: '1.44', refuse: severalNetworks },
  { until: '1.44', refuse: macWithoutNetwork },
  { until: '1.45', refuse: eachMount(subpath) },
  { until: '1.48', refuse: eachMount(image) },
  { until: '1.52', since: '1.44', refuse: macOfNoNetwork },
  { until: '1.52', since: '1.44', refuse: twoMacs },
];

/** Why this version cannot say it; undefined if it can. */
export function refusalFor(version: string, request: ContainerCreateRequest): string | undefined {
  for (const { until, since, refuse } of RULES) {
    if ((until && !olderThan(version, until)) || (since && olderThan(version, since))) continue;
    const words = refuse(request);
    if (words !== undefined) return words;
  }
  return undefined;
}

function eachMount(refuse: (mount: Mount) => string | undefined): Rule['refuse'] {
  return ({ HostConfig }) => (HostConfig?.Mounts ?? []).map(refuse).find((words) => words !== undefined);
}

const OPTIONS = { VolumeOptions: 'volume', BindOptions: 'bind', TmpfsOptions: 'tmpfs' } as const;

function foreignOptions(mount: Mount): string | undefined {
  for (const [name, type] of Object.entries(OPTIONS)) {
    if (mount[name as keyof typeof OPTIONS] && mount.Type !== type)
      return `${name} must not be specified on mount type "${mount.Type ?? ''}"`;
  }
  return undefined;
}

/** Refused and not dropped: who says it relies on it. */
function forcedRecursion({ BindOptions }: Mount): string | undefined {
  return BindOptions?.ReadOnlyForceRecursive
    ? 'BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer'
    : undefined;
}

function subpath({ VolumeOptions }: Mount): string | undefined {
  return VolumeOptions?.Subpath ? 'VolumeOptions.Subpath needs API v1.45 or newer' : undefined;
}

function image({ Type }: Mount): string | undefined {
  return Type === 'image' ? 'Mount type "Image" needs API v1.48 or newer' : undefined;
}

/** A container was made for one network, and connected to others afterwards. */
function severalNetworks({ NetworkingConfig }: ContainerCreateRequest): string | undefined {
  const names = Object.keys(NetworkingConfig?.EndpointsConfig ?? {});
  if (names.length < 2) return undefined;
  return `Container cannot be created with multiple network endpoints: ${names.join(', ')}`;
}

function macWithoutNetwork(request: ContainerCreateRequest): string | undefined {
  if (!request.MacAddress || hasOwnNetwork(request)) return undefined;
  return 'conflicting options: mac-address and the network mode';
}

/** Of several networks it is not known which was meant. */
function macOfNoNetwork(request: ContainerCreateRequest): string | undefined {
  const { MacAddress, NetworkingConfig } = request;
  const names = Object.keys(NetworkingConfig?.EndpointsConfig ?? {});
  if (!MacAddress || !hasOwnNetwork(request) || names.length === 0) return undefined;
  if (names.includes(mainEndpointName(request))) return undefined;
  return 'unable to migrate container-wide MAC address to a specific network: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks';
}

function twoMacs(request: ContainerCreateRequest): string | undefined {
  const { MacAddress, NetworkingConfig } = request;
  const own = NetworkingConfig?.EndpointsConfig?.[mainEndpointName(request)]?.MacAddress;
  if (!MacAddress || !own || own === MacAddress) return undefined;
  return 'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty';
}
