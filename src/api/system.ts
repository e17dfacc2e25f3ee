/** The engine itself: version, information, disk use, events. */
import Type, { type Static } from 'typebox';
import { ContainerSummary } from './container.ts';
import { BuildCacheRecord, ImageSummary } from './image.ts';
import { nullable, query, Repeated, TextMap, Texts } from './schema.ts';
import { VolumeResource } from './volume.ts';

export const SystemVersion = Type.Object({
  Platform: Type.Object({ Name: Type.String() }),
  Components: Type.Array(
    Type.Object({ Name: Type.String(), Version: Type.String(), Details: Type.Optional(TextMap) }),
  ),
  Version: Type.String(),
  ApiVersion: Type.String(),
  MinAPIVersion: Type.String(),
  GitCommit: Type.String(),
  GoVersion: Type.String(),
  Os: Type.String(),
  Arch: Type.String(),
  KernelVersion: Type.String(),
  Experimental: Type.Optional(Type.Boolean()),
  BuildTime: Type.String(),
});
export type SystemVersion = Static<typeof SystemVersion>;

const Commit = Type.Object({ ID: Type.String(), Expected: Type.Optional(Type.String()) });
const Pairs = Type.Array(Texts);

export const RuntimeInfo = Type.Object({
  path: Type.String(),
  runtimeArgs: Type.Optional(Texts),
  status: Type.Optional(TextMap),
});
export type RuntimeInfo = Static<typeof RuntimeInfo>;

export const RegistryIndex = Type.Object({
  Name: Type.String(),
  Mirrors: nullable(Texts),
  Secure: Type.Boolean(),
  Official: Type.Boolean(),
});

export const SystemInfo = Type.Object({
  ID: Type.String(),
  Containers: Type.Integer(),
  ContainersRunning: Type.Integer(),
  ContainersPaused: Type.Integer(),
  ContainersStopped: Type.Integer(),
  Images: Type.Integer(),
  Driver: Type.String(),
  DriverStatus: Pairs,
  DockerRootDir: Type.String(),
  Plugins: Type.Object({
    Volume: Texts,
    Network: Texts,
    Authorization: nullable(Texts),
    Log: Texts,
  }),
  MemoryLimit: Type.Boolean(),
  SwapLimit: Type.Boolean(),
  CpuCfsPeriod: Type.Boolean(),
  CpuCfsQuota: Type.Boolean(),
  CPUShares: Type.Boolean(),
  CPUSet: Type.Boolean(),
  PidsLimit: Type.Boolean(),
  OomKillDisable: Type.Boolean(),
  IPv4Forwarding: Type.Boolean(),
  Debug: Type.Boolean(),
  NFd: Type.Integer(),
  NGoroutines: Type.Integer(),
  SystemTime: Type.String(),
  LoggingDriver: Type.String(),
  CgroupDriver: Type.String(),
  CgroupVersion: Type.String(),
  NEventsListener: Type.Integer(),
  KernelVersion: Type.String(),
  OperatingSystem: Type.String(),
  OSVersion: Type.String(),
  OSType: Type.String(),
  Architecture: Type.String(),
  NCPU: Type.Integer(),
  MemTotal: Type.Integer(),
  IndexServerAddress: Type.String(),
  RegistryConfig: Type.Object({
    InsecureRegistryCIDRs: Texts,
    IndexConfigs: Type.Record(Type.String(), RegistryIndex),
    Mirrors: nullable(Texts),
  }),
  GenericResources: Type.Null(),
  HttpProxy: Type.String(),
  HttpsProxy: Type.String(),
  NoProxy: Type.String(),
  Name: Type.String(),
  Labels: Texts,
  ExperimentalBuild: Type.Boolean(),
  ServerVersion: Type.String(),
  Runtimes: Type.Record(Type.String(), RuntimeInfo),
  DefaultRuntime: Type.String(),
  Swarm: Type.Object({
    NodeID: Type.String(),
    NodeAddr: Type.String(),
    LocalNodeState: Type.String(),
    ControlAvailable: Type.Boolean(),
    Error: Type.String(),
    RemoteManagers: Type.Null(),
  }),
  LiveRestoreEnabled: Type.Boolean(),
  Isolation: Type.String(),
  InitBinary: Type.String(),
  ContainerdCommit: Commit,
  RuncCommit: Commit,
  InitCommit: Commit,
  SecurityOptions: Texts,
  ProductLicense: Type.Optional(Type.String()),
  DefaultAddressPools: Type.Optional(Type.Array(Type.Object({ Base: Type.String(), Size: Type.Integer() }))),
  FirewallBackend: Type.Optional(Type.Object({ Driver: Type.String(), Info: Type.Optional(Pairs) })),
  CDISpecDirs: Texts,
  Warnings: nullable(Texts),
});
export type SystemInfo = Static<typeof SystemInfo>;

const usage = {
  ActiveCount: Type.Integer(),
  TotalCount: Type.Integer(),
  Reclaimable: Type.Integer(),
  TotalSize: Type.Integer(),
};

/** The shape until API 1.51; `…Usage` is that of 1.52 on. */
export const DiskUsage = Type.Object({
  LayersSize: Type.Optional(Type.Integer()),
  Images: Type.Optional(nullable(Type.Array(ImageSummary))),
  Containers: Type.Optional(nullable(Type.Array(ContainerSummary))),
  Volumes: Type.Optional(nullable(Type.Array(VolumeResource))),
  BuildCache: Type.Optional(nullable(Type.Array(BuildCacheRecord))),
  BuilderSize: Type.Optional(Type.Integer()),
  ImageUsage: Type.Optional(Type.Object({ ...usage, Items: Type.Optional(Type.Array(ImageSummary)) })),
  ContainerUsage: Type.Optional(
    Type.Object({ ...usage, Items: Type.Optional(Type.Array(ContainerSummary)) }),
  ),
  VolumeUsage: Type.Optional(Type.Object({ ...usage, Items: Type.Optional(Type.Array(VolumeResource)) })),
  BuildCacheUsage: Type.Optional(
    Type.Object({ ...usage, Items: Type.Optional(Type.Array(BuildCacheRecord)) }),
  ),
});
export type DiskUsage = Static<typeof DiskUsage>;

/** `status`, `id`, `from` are the older words for the same, still sent until API 1.51. */
export const EventMessage = Type.Object({
  status: Type.Optional(Type.String()),
  id: Type.Optional(Type.String()),
  from: Type.Optional(Type.String()),
  Type: Type.String(),
  Action: Type.String(),
  Actor: Type.Object({ ID: Type.String(), Attributes: TextMap }),
  scope: Type.String(),
  time: Type.Integer(),
  timeNano: Type.Integer(),
});
export type EventMessage = Static<typeof EventMessage>;

export const EventsQuery = query('since', 'until', 'filters');
export const DiskUsageQuery = Type.Intersect([query('verbose'), Type.Object({ type: Repeated })]);
