/**
 * A container's configuration as Docker shows it: its clients find every field there, with Go's zero value where
 * nothing was asked for. What Go leaves out when it is empty (`omitempty`) is absent here too.
 */
import type { ContainerConfig, HostConfig } from '../../api/container.ts';
import { maskedPaths, readonlyPaths } from '../../runtime/spec/paths.ts';

/** Where nothing was asked for. */
const EMPTY_CONFIG = {
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Image: '',
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  Labels: {},
} satisfies ContainerConfig;

const HOST_CONFIG: HostConfig = {
  Binds: null,
  ContainerIDFile: '',
  NetworkMode: 'default',
  PortBindings: null,
  AutoRemove: false,
  VolumeDriver: '',
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CapDrop: null,
  Dns: null,
  DnsOptions: null,
  DnsSearch: null,
  ExtraHosts: null,
  GroupAdd: null,
  Cgroup: '',
  Links: null,
  OomScoreAdj: 0,
  PidMode: '',
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  UTSMode: '',
  UsernsMode: '',
  Isolation: '',
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
  CgroupParent: '',
  BlkioWeight: 0,
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: '',
  CpusetMems: '',
  Devices: null,
  DeviceCgroupRules: null,
  DeviceRequests: null,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: false,
  PidsLimit: null,
  Ulimits: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
};

const CONFIG_OMITTED_IF_EMPTY = [
  'ExposedPorts',
  'MacAddress',
  'OnBuild',
  'StopSignal',
  'StopTimeout',
  'Shell',
];
const HOST_CONFIG_OMITTED_IF_EMPTY = ['Mounts', 'Annotations', 'StorageOpt', 'Tmpfs', 'Sysctls', 'Init'];

export function configShown({ NetworkDisabled, Healthcheck, ...config }: ContainerConfig): ContainerConfig {
  return {
    ...EMPTY_CONFIG,
    ...without(config, CONFIG_OMITTED_IF_EMPTY),
    ...(NetworkDisabled && { NetworkDisabled }),
    ...(!isEmpty(Healthcheck) && { Healthcheck: withoutZero(Healthcheck ?? {}) }),
  };
}

/** The paths that are kept from a container are shown as they are, not as they were asked for. */
export function hostConfigShown(asked: HostConfig): HostConfig {
  const shown = { ...HOST_CONFIG, ...without(asked, HOST_CONFIG_OMITTED_IF_EMPTY) };
  const open = asked.Privileged === true;
  return {
    ...shown,
    ...(shown.Mounts && { Mounts: shown.Mounts.map(withoutZero) }),
    MaskedPaths: open ? null : (asked.MaskedPaths ?? maskedPaths()),
    ReadonlyPaths: open ? null : (asked.ReadonlyPaths ?? readonlyPaths()),
  };
}

function without<T extends object>(fields: T, omittedIfEmpty: string[]): T {
  const kept = Object.entries(fields).filter(
    ([name, value]) => !omittedIfEmpty.includes(name) || !isEmpty(value),
  );
  return Object.fromEntries(kept) as T;
}

/** Go leaves out every zero of a health check and of a mount; docker-py sends them all. */
function withoutZero<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => Boolean(value))) as T;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
