/** What a container is made of: the body of POST /containers/create, given back by inspect. */
import Type, { type Static } from 'typebox';
import { HostConfig } from './host-config.ts';
import { NetworkingConfig } from './network-endpoint.ts';
import { CommandLine, KeySet, lenient, TextMap, Texts } from './schema.ts';

/** Durations in nanoseconds; 0 means the default. `Test`: `NONE`, `CMD` + arguments, `CMD-SHELL` + line. */
export const HealthConfig = lenient({
  Test: Texts,
  Interval: Type.Integer(),
  Timeout: Type.Integer(),
  Retries: Type.Integer(),
  StartPeriod: Type.Integer(),
  StartInterval: Type.Integer(),
});
export type HealthConfig = Static<typeof HealthConfig>;

export const ContainerConfig = lenient({
  Hostname: Type.String(),
  Domainname: Type.String(),
  User: Type.String(),
  AttachStdin: Type.Boolean(),
  AttachStdout: Type.Boolean(),
  AttachStderr: Type.Boolean(),
  ExposedPorts: KeySet,
  Tty: Type.Boolean(),
  OpenStdin: Type.Boolean(),
  StdinOnce: Type.Boolean(),
  Env: Texts,
  Cmd: CommandLine,
  Healthcheck: HealthConfig,
  ArgsEscaped: Type.Boolean(),
  Image: Type.String(),
  Volumes: KeySet,
  WorkingDir: Type.String(),
  Entrypoint: CommandLine,
  NetworkDisabled: Type.Boolean(),
  /** Until API 1.43; since then it belongs to the endpoint. */
  MacAddress: Type.String(),
  OnBuild: Texts,
  Labels: TextMap,
  StopSignal: Type.String(),
  /** Seconds. */
  StopTimeout: Type.Integer(),
  Shell: Texts,
});
export type ContainerConfig = Static<typeof ContainerConfig>;

/** What stood beside the configuration before there was a HostConfig; read until API 1.51. */
export const OldLimits = lenient({
  Memory: Type.Integer(),
  MemorySwap: Type.Integer(),
  CpuShares: Type.Integer(),
  Cpuset: Type.String(),
});
export type OldLimits = Static<typeof OldLimits>;

export const ContainerCreateRequest = Type.Intersect([
  ContainerConfig,
  lenient({ HostConfig, NetworkingConfig }),
  OldLimits,
]);
export type ContainerCreateRequest = ContainerConfig &
  OldLimits & {
    HostConfig?: HostConfig | null;
    NetworkingConfig?: NetworkingConfig | null;
  };
