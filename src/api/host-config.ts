/** How a container is tied to its host: limits, mounts, namespaces, privileges. */
import Type, { type Static } from 'typebox';
import { Mount } from './mount.ts';
import { CommandLine, lenient, TextMap, Texts } from './schema.ts';

export const ThrottleDevice = lenient({ Path: Type.String(), Rate: Type.Integer() });
export const WeightDevice = lenient({ Path: Type.String(), Weight: Type.Integer() });
export const DeviceMapping = lenient({
  PathOnHost: Type.String(),
  PathInContainer: Type.String(),
  CgroupPermissions: Type.String(),
});
export const DeviceRequest = lenient({
  Driver: Type.String(),
  Count: Type.Integer(),
  DeviceIDs: Texts,
  Capabilities: Type.Array(Texts),
  Options: TextMap,
});
export const Ulimit = lenient({ Name: Type.String(), Soft: Type.Integer(), Hard: Type.Integer() });
export const RestartPolicy = lenient({ Name: Type.String(), MaximumRetryCount: Type.Integer() });
export const LogConfig = lenient({ Type: Type.String(), Config: TextMap });
export const PortBinding = lenient({ HostIp: Type.String(), HostPort: Type.String() });
/** `80/tcp` → where it is published; null or empty: exposed only. */
export const PortMap = Type.Record(Type.String(), Type.Union([Type.Array(PortBinding), Type.Null()]));

/** Bytes, nanoseconds, 1e-9 CPUs, as the names say. */
const resources = {
  CpuShares: Type.Integer(),
  Memory: Type.Integer(),
  NanoCpus: Type.Integer(),
  CgroupParent: Type.String(),
  BlkioWeight: Type.Integer(),
  BlkioWeightDevice: Type.Array(WeightDevice),
  BlkioDeviceReadBps: Type.Array(ThrottleDevice),
  BlkioDeviceWriteBps: Type.Array(ThrottleDevice),
  BlkioDeviceReadIOps: Type.Array(ThrottleDevice),
  BlkioDeviceWriteIOps: Type.Array(ThrottleDevice),
  CpuPeriod: Type.Integer(),
  CpuQuota: Type.Integer(),
  CpuRealtimePeriod: Type.Integer(),
  CpuRealtimeRuntime: Type.Integer(),
  CpusetCpus: Type.String(),
  CpusetMems: Type.String(),
  Devices: Type.Array(DeviceMapping),
  DeviceCgroupRules: Texts,
  DeviceRequests: Type.Array(DeviceRequest),
  /** Until API 1.42. */
  KernelMemory: Type.Integer(),
  KernelMemoryTCP: Type.Integer(),
  MemoryReservation: Type.Integer(),
  MemorySwap: Type.Integer(),
  MemorySwappiness: Type.Integer(),
  OomKillDisable: Type.Boolean(),
  PidsLimit: Type.Integer(),
  Ulimits: Type.Array(Ulimit),
  CpuCount: Type.Integer(),
  CpuPercent: Type.Integer(),
  IOMaximumIOps: Type.Integer(),
  IOMaximumBandwidth: Type.Integer(),
};

export const Resources = lenient(resources);
export type Resources = Static<typeof Resources>;

export const HostConfig = lenient({
  ...resources,
  Binds: Texts,
  ContainerIDFile: Type.String(),
  LogConfig,
  NetworkMode: Type.String(),
  PortBindings: PortMap,
  RestartPolicy,
  AutoRemove: Type.Boolean(),
  VolumeDriver: Type.String(),
  VolumesFrom: Texts,
  Mounts: Type.Array(Mount),
  /** Height, width. */
  ConsoleSize: Type.Array(Type.Integer()),
  Annotations: TextMap,
  CapAdd: CommandLine,
  CapDrop: CommandLine,
  CgroupnsMode: Type.String(),
  Dns: Texts,
  DnsOptions: Texts,
  DnsSearch: Texts,
  ExtraHosts: Texts,
  GroupAdd: Texts,
  IpcMode: Type.String(),
  Cgroup: Type.String(),
  Links: Texts,
  OomScoreAdj: Type.Integer(),
  PidMode: Type.String(),
  Privileged: Type.Boolean(),
  PublishAllPorts: Type.Boolean(),
  ReadonlyRootfs: Type.Boolean(),
  SecurityOpt: Texts,
  StorageOpt: TextMap,
  Tmpfs: TextMap,
  UTSMode: Type.String(),
  UsernsMode: Type.String(),
  ShmSize: Type.Integer(),
  Sysctls: TextMap,
  Runtime: Type.String(),
  Isolation: Type.String(),
  /** Null: Docker's own list; empty: none. */
  MaskedPaths: Texts,
  ReadonlyPaths: Texts,
  Init: Type.Boolean(),
});
export type HostConfig = Static<typeof HostConfig>;

export type ThrottleDevice = Static<typeof ThrottleDevice>;
export type WeightDevice = Static<typeof WeightDevice>;
export type DeviceMapping = Static<typeof DeviceMapping>;
export type DeviceRequest = Static<typeof DeviceRequest>;
export type Ulimit = Static<typeof Ulimit>;
export type RestartPolicy = Static<typeof RestartPolicy>;
export type LogConfig = Static<typeof LogConfig>;
export type PortBinding = Static<typeof PortBinding>;
export type PortMap = Static<typeof PortMap>;
