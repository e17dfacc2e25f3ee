/** Containers: what the 25 operations on them take and give. The configuration is in container-config.ts and host-config.ts. */
import Type, { type Static } from 'typebox';
import { ContainerConfig } from './container-config.ts';
import { HostConfig, PortMap, Resources, RestartPolicy } from './host-config.ts';
import { Descriptor } from './image.ts';
import { MountPoint } from './mount.ts';
import { EndpointSettings } from './network-endpoint.ts';
import { lenient, nullable, oneOf, query, TextMap, Texts } from './schema.ts';

export * from './container-config.ts';
export * from './host-config.ts';
export * from './mount.ts';

export const ContainerStatus = oneOf(
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
);
export type ContainerStatus = Static<typeof ContainerStatus>;

export const HealthStatus = oneOf('none', 'starting', 'healthy', 'unhealthy');
export type HealthStatus = Static<typeof HealthStatus>;

export const HealthcheckResult = Type.Object({
  Start: Type.String(),
  End: Type.String(),
  ExitCode: Type.Integer(),
  Output: Type.String(),
});
export type HealthcheckResult = Static<typeof HealthcheckResult>;

export const Health = Type.Object({
  Status: HealthStatus,
  FailingStreak: Type.Integer(),
  Log: nullable(Type.Array(HealthcheckResult)),
});
export type Health = Static<typeof Health>;

export const ContainerState = Type.Object({
  Status: ContainerStatus,
  Running: Type.Boolean(),
  Paused: Type.Boolean(),
  Restarting: Type.Boolean(),
  OOMKilled: Type.Boolean(),
  Dead: Type.Boolean(),
  Pid: Type.Integer(),
  ExitCode: Type.Integer(),
  Error: Type.String(),
  StartedAt: Type.String(),
  FinishedAt: Type.String(),
  Health: Type.Optional(Health),
});
export type ContainerState = Static<typeof ContainerState>;

/** The fields after `Networks` are those of the default bridge, shown until API 1.51. */
export const NetworkSettings = Type.Object({
  SandboxID: Type.String(),
  SandboxKey: Type.String(),
  Ports: PortMap,
  Networks: Type.Record(Type.String(), EndpointSettings),
  Bridge: Type.Optional(Type.String()),
  HairpinMode: Type.Optional(Type.Boolean()),
  LinkLocalIPv6Address: Type.Optional(Type.String()),
  LinkLocalIPv6PrefixLen: Type.Optional(Type.Integer()),
  SecondaryIPAddresses: Type.Optional(Type.Null()),
  SecondaryIPv6Addresses: Type.Optional(Type.Null()),
  EndpointID: Type.Optional(Type.String()),
  Gateway: Type.Optional(Type.String()),
  GlobalIPv6Address: Type.Optional(Type.String()),
  GlobalIPv6PrefixLen: Type.Optional(Type.Integer()),
  IPAddress: Type.Optional(Type.String()),
  IPPrefixLen: Type.Optional(Type.Integer()),
  IPv6Gateway: Type.Optional(Type.String()),
  MacAddress: Type.Optional(Type.String()),
});
export type NetworkSettings = Static<typeof NetworkSettings>;

export const GraphDriver = Type.Object({ Name: Type.String(), Data: nullable(TextMap) });
export type GraphDriver = Static<typeof GraphDriver>;

export const ContainerInspectResponse = Type.Object({
  Id: Type.String(),
  Created: Type.String(),
  Path: Type.String(),
  Args: Texts,
  State: ContainerState,
  Image: Type.String(),
  ResolvConfPath: Type.String(),
  HostnamePath: Type.String(),
  HostsPath: Type.String(),
  LogPath: Type.String(),
  Name: Type.String(),
  RestartCount: Type.Integer(),
  Driver: Type.String(),
  Platform: Type.String(),
  ImageManifestDescriptor: Type.Optional(Descriptor),
  MountLabel: Type.String(),
  ProcessLabel: Type.String(),
  AppArmorProfile: Type.String(),
  ExecIDs: nullable(Texts),
  HostConfig,
  GraphDriver,
  SizeRw: Type.Optional(Type.Integer()),
  SizeRootFs: Type.Optional(Type.Integer()),
  Mounts: Type.Array(MountPoint),
  Config: ContainerConfig,
  NetworkSettings,
});
export type ContainerInspectResponse = Static<typeof ContainerInspectResponse>;

export const PortSummary = Type.Object({
  IP: Type.Optional(Type.String()),
  PrivatePort: Type.Integer(),
  PublicPort: Type.Optional(Type.Integer()),
  Type: oneOf('tcp', 'udp', 'sctp'),
});
export type PortSummary = Static<typeof PortSummary>;

export const ContainerSummary = Type.Object({
  Id: Type.String(),
  /** Each with a leading slash. */
  Names: Texts,
  Image: Type.String(),
  ImageID: Type.String(),
  ImageManifestDescriptor: Type.Optional(Descriptor),
  Command: Type.String(),
  /** Seconds since 1970. */
  Created: Type.Integer(),
  Ports: Type.Array(PortSummary),
  SizeRw: Type.Optional(Type.Integer()),
  SizeRootFs: Type.Optional(Type.Integer()),
  Labels: TextMap,
  State: ContainerStatus,
  /** For people: `Up 3 minutes (healthy)`. */
  Status: Type.String(),
  HostConfig: Type.Object({ NetworkMode: Type.String(), Annotations: Type.Optional(TextMap) }),
  NetworkSettings: Type.Object({ Networks: Type.Record(Type.String(), EndpointSettings) }),
  Mounts: Type.Array(MountPoint),
  Health: Type.Optional(Type.Object({ Status: HealthStatus, FailingStreak: Type.Integer() })),
});
export type ContainerSummary = Static<typeof ContainerSummary>;

export const ContainerCreateResponse = Type.Object({ Id: Type.String(), Warnings: Texts });
export type ContainerCreateResponse = Static<typeof ContainerCreateResponse>;

/** PublishAdd and PublishRemove are an extension of ours: ports of a container that may be running. */
export const ContainerUpdateRequest = Type.Intersect([
  Resources,
  lenient({ RestartPolicy, PublishAdd: PortMap, PublishRemove: PortMap }),
]);
export type ContainerUpdateRequest = Resources & {
  RestartPolicy?: RestartPolicy | null;
  PublishAdd?: PortMap | null;
  PublishRemove?: PortMap | null;
};

export const ContainerUpdateResponse = Type.Object({ Warnings: Texts });
export type ContainerUpdateResponse = Static<typeof ContainerUpdateResponse>;

export const ContainerWaitResponse = Type.Object({
  StatusCode: Type.Integer(),
  Error: Type.Optional(nullable(Type.Object({ Message: Type.String() }))),
});
export type ContainerWaitResponse = Static<typeof ContainerWaitResponse>;

export const ContainerTopResponse = Type.Object({ Titles: Texts, Processes: Type.Array(Texts) });
export type ContainerTopResponse = Static<typeof ContainerTopResponse>;

/** Kind: 0 modified, 1 added, 2 deleted. */
export const FilesystemChange = Type.Object({ Path: Type.String(), Kind: Type.Integer() });
export type FilesystemChange = Static<typeof FilesystemChange>;

/** The JSON of `X-Docker-Container-Path-Stat` (base64). `mode` is Go's os.FileMode, not stat(2)'s. */
export const PathStat = Type.Object({
  name: Type.String(),
  size: Type.Integer(),
  mode: Type.Integer(),
  mtime: Type.String(),
  linkTarget: Type.String(),
});
export type PathStat = Static<typeof PathStat>;

export const ContainerPruneResponse = Type.Object({
  ContainersDeleted: nullable(Texts),
  SpaceReclaimed: Type.Integer(),
});
export type ContainerPruneResponse = Static<typeof ContainerPruneResponse>;

export const ContainerCreateQuery = query('name', 'platform');
export const ContainerListQuery = query('all', 'limit', 'size', 'filters', 'since', 'before');
export const ContainerInspectQuery = query('size');
export const ContainerRemoveQuery = query('v', 'force', 'link');
export const ContainerStartQuery = query('detachKeys', 'checkpoint', 'checkpoint-dir');
export const ContainerStopQuery = query('signal', 't');
export const ContainerKillQuery = query('signal');
export const ContainerWaitQuery = query('condition');
export const ContainerRenameQuery = query('name');
export const ContainerResizeQuery = query('h', 'w');
export const ContainerTopQuery = query('ps_args');
export const ContainerStatsQuery = query('stream', 'one-shot');
export const ContainerPruneQuery = query('filters');
export const ContainerAttachQuery = query('detachKeys', 'logs', 'stream', 'stdin', 'stdout', 'stderr');
export const ContainerLogsQuery = query(
  'follow',
  'stdout',
  'stderr',
  'since',
  'until',
  'timestamps',
  'tail',
  'details',
);
export const ContainerArchiveQuery = query('path', 'noOverwriteDirNonDir', 'copyUIDGID');
