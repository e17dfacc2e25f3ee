/**
 * What clients of older API versions mean, as dockerd reads them: fields that a client of a version cannot know are
 * dropped, and defaults that changed are those of its time. One entry a change; refuse-request.ts has what is refused.
 */
import type { ContainerCreateRequest, ContainerUpdateRequest, HostConfig, Mount } from './container.ts';
import { hasOwnNetwork, mainEndpoint } from './main-endpoint.ts';
import type { NetworkCreateRequest } from './network.ts';
import type { EndpointSettings } from './network-endpoint.ts';
import { olderThan } from './version.ts';

type CreateRequest = ContainerCreateRequest & { HostConfig: HostConfig };

interface Change<Request> {
  /** For clients older than this. */
  until?: string;
  /** For clients of this version and newer. */
  since?: string;
  /** Turns the request into what it means today, in place; returns a warning. */
  apply: (request: Request, host: RequestHost) => string | undefined;
}

/** What a default depended on. */
export interface RequestHost {
  cgroupVersion: 1 | 2;
}

const CREATE_CHANGES: readonly Change<CreateRequest>[] = [
  { until: '1.25', apply: ({ HostConfig }) => drop(HostConfig, 'AutoRemove') },
  { until: '1.40', apply: ({ HostConfig }) => drop(HostConfig, 'KernelMemoryTCP') },
  { until: '1.40', apply: ({ HostConfig }) => assume(HostConfig, 'IpcMode', 'shareable') },
  { until: '1.40', apply: eachMount(({ BindOptions }) => drop(BindOptions, 'NonRecursive')) },
  { until: '1.41', apply: shareCgroupNamespace },
  { until: '1.42', apply: ({ HostConfig }) => drop(HostConfig, 'ConsoleSize') },
  { until: '1.42', apply: eachMount(({ BindOptions }) => drop(BindOptions, 'CreateMountpoint')) },
  { until: '1.42', apply: eachMount(dropForeignOptions) },
  { until: '1.43', apply: ({ HostConfig }) => drop(HostConfig, 'Annotations') },
  { until: '1.44', apply: ({ Healthcheck }) => drop(Healthcheck, 'StartInterval') },
  { until: '1.44', apply: eachEndpoint((endpoint) => drop(endpoint, 'MacAddress')) },
  { until: '1.48', apply: eachEndpoint((endpoint) => drop(endpoint, 'GwPriority')) },
  { until: '1.52', apply: readOldLimits },
  { until: '1.52', since: '1.44', apply: warnOfMac },
  { until: '1.52', apply: giveMacToEndpoint },
  { since: '1.42', apply: ({ HostConfig }) => drop(HostConfig, 'KernelMemory') },
  { since: '1.48', apply: warnOfVolumeDriver },
  { since: '1.52', apply: ({ HostConfig }) => drop(HostConfig, 'KernelMemoryTCP') },
  { since: '1.52', apply: (request) => drop(request, 'MacAddress') },
  { since: '1.52', apply: dropOldLimits },
  { since: '1.52', until: '1.53', apply: warnOfEmptyBindings },
  { since: '1.53', apply: dropEmptyBindings },
];

const UPDATE_CHANGES: readonly Change<ContainerUpdateRequest>[] = [
  { until: '1.40', apply: (request) => drop(request, 'PidsLimit') },
  { until: '1.55', apply: dropBlockDevices },
  { since: '1.42', apply: (request) => drop(request, 'KernelMemory') },
  { since: '1.52', apply: (request) => drop(request, 'KernelMemoryTCP') },
];

export interface CreateMeant {
  request: ContainerCreateRequest;
  warnings: string[];
  /** Before API 1.44 what is mounted below a read-only mount stayed writable. */
  readOnlyNonRecursive: boolean;
}

/** What POST /containers/create means. Leaves what was given as it is. */
export function createRequestFor(
  version: string,
  given: ContainerCreateRequest,
  host: RequestHost,
): CreateMeant {
  const request = { ...structuredClone(given), HostConfig: structuredClone(given.HostConfig ?? {}) };
  const warnings = applyChanges(CREATE_CHANGES, version, request, host);
  return { request, warnings, readOnlyNonRecursive: olderThan(version, '1.44') };
}

/** What POST /containers/{id}/update means. */
export function updateRequestFor(version: string, given: ContainerUpdateRequest): ContainerUpdateRequest {
  const request = structuredClone(given);
  applyChanges(UPDATE_CHANGES, version, request, { cgroupVersion: 1 });
  return request;
}

/** IPv4 was a matter of course. */
export function networkRequestFor(version: string, request: NetworkCreateRequest): NetworkCreateRequest {
  return olderThan(version, '1.48') ? { ...request, EnableIPv4: true } : request;
}

function applyChanges<T>(changes: readonly Change<T>[], version: string, request: T, host: RequestHost) {
  return changes
    .filter(
      ({ until, since }) => !(until && !olderThan(version, until)) && !(since && olderThan(version, since)),
    )
    .flatMap(({ apply }) => apply(request, host) ?? []);
}

/** Null is the API's word for "not said". */
function drop<T extends object>(object: T | null | undefined, ...names: (keyof T)[]): undefined {
  if (object) for (const name of names) if (object[name]) object[name] = null as T[keyof T];
}

function assume<T extends object, K extends keyof T>(object: T, name: K, value: T[K]): undefined {
  object[name] ||= value;
}

function eachMount(apply: (mount: Mount) => undefined) {
  return ({ HostConfig }: CreateRequest): undefined => {
    for (const mount of HostConfig.Mounts ?? []) apply(mount);
  };
}

function eachEndpoint(apply: (endpoint: EndpointSettings) => undefined) {
  return ({ NetworkingConfig }: CreateRequest): undefined => {
    for (const endpoint of Object.values(NetworkingConfig?.EndpointsConfig ?? {})) {
      if (endpoint) apply(endpoint);
    }
  };
}

/** On hosts with cgroup v2 it was private from the beginning. */
function shareCgroupNamespace({ HostConfig }: CreateRequest, { cgroupVersion }: RequestHost): undefined {
  if (cgroupVersion === 1) assume(HostConfig, 'CgroupnsMode', 'host');
}

/** Options of another type were not looked at. */
function dropForeignOptions(mount: Mount): undefined {
  if (mount.Type !== 'volume') drop(mount, 'VolumeOptions');
  if (mount.Type !== 'tmpfs') drop(mount, 'TmpfsOptions');
}

function readOldLimits(request: CreateRequest): undefined {
  const { HostConfig, Memory, MemorySwap, CpuShares, Cpuset } = request;
  if (Memory) assume(HostConfig, 'Memory', Memory);
  if (MemorySwap) assume(HostConfig, 'MemorySwap', MemorySwap);
  if (CpuShares) assume(HostConfig, 'CpuShares', CpuShares);
  if (Cpuset) assume(HostConfig, 'CpusetCpus', Cpuset);
  dropOldLimits(request);
}

function dropOldLimits(request: CreateRequest): undefined {
  for (const name of ['Memory', 'MemorySwap', 'CpuShares', 'Cpuset'] as const) delete request[name];
}

function warnOfMac({ MacAddress }: CreateRequest): string | undefined {
  if (!MacAddress) return undefined;
  return 'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.';
}

/** It was the container's; since 1.44 it is that of its place in a network. */
function giveMacToEndpoint(request: CreateRequest): undefined {
  const { MacAddress } = request;
  drop(request, 'MacAddress');
  if (MacAddress && hasOwnNetwork(request)) mainEndpoint(request).MacAddress ||= MacAddress;
}

function warnOfVolumeDriver({ HostConfig }: CreateRequest): string | undefined {
  const isIgnored = ({ Type, VolumeOptions }: Mount) =>
    Type === 'volume' && !VolumeOptions?.DriverConfig?.Name;
  if (!HostConfig.VolumeDriver || !(HostConfig.Mounts ?? []).some(isIgnored)) return undefined;
  return "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead";
}

/** An empty list of bindings meant any free port of the host. */
function warnOfEmptyBindings({ HostConfig }: CreateRequest): string | undefined {
  const ports = emptyBindings(HostConfig);
  if (ports.length === 0) return undefined;
  return `Following container port(s) have an empty list of port-bindings: ${ports.join(', ')}. Starting with API 1.53, such bindings will be discarded.`;
}

function dropEmptyBindings({ HostConfig }: CreateRequest): undefined {
  for (const port of emptyBindings(HostConfig)) delete HostConfig.PortBindings?.[port];
}

const emptyBindings = ({ PortBindings }: HostConfig) =>
  Object.entries(PortBindings ?? {}).flatMap(([port, hosts]) => (hosts?.length ? [] : [port]));

function dropBlockDevices(request: ContainerUpdateRequest): undefined {
  drop(request, 'BlkioWeightDevice', 'BlkioDeviceReadBps', 'BlkioDeviceWriteBps');
  drop(request, 'BlkioDeviceReadIOps', 'BlkioDeviceWriteIOps');
}
