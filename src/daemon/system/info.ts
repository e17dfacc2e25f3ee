/** GET /info: the engine and its host, as `docker info` prints them. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { SystemInfo } from '../../api/system.ts';
import { nowNano } from '../../core/events.ts';
import { timestamp } from '../../core/time.ts';
import { RUNC_NAMES } from '../../runtime/tasks.ts';
import type { DaemonConfig } from '../config/config.ts';
import { LOG_DRIVERS } from '../container/logging/drivers.ts';
import { isUp } from '../container/state.ts';
import type { Engine } from '../engine.ts';
import { ENGINE_VERSION } from '../version.ts';
import type { SystemFacts } from './facts.ts';
import { filesystemOf, isForwarding } from './host.ts';
import { limitWarnings } from './limits.ts';
import { registryInfo } from './registry.ts';

export function systemInfo(engine: Engine, config: DaemonConfig, facts: SystemFacts): SystemInfo {
  const { settings } = engine;
  return {
    ID: facts.id,
    ...containerCounts(engine),
    Images: engine.images.list().length,
    ...storageInfo(config),
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'macvlan', 'null'],
      Authorization: null,
      Log: LOG_DRIVERS,
    },
    ...facts.limits,
    IPv4Forwarding: isForwarding(),
    Debug: config.logLevel === 'debug' || config.logLevel === 'trace',
    NFd: readdirSync('/proc/self/fd').length,
    NGoroutines: process.getActiveResourcesInfo().length,
    SystemTime: timestamp(nowNano()),
    LoggingDriver: config.logDriver,
    CgroupDriver: 'cgroupfs',
    CgroupVersion: String(settings.cgroupVersion),
    NEventsListener: engine.events.listenerCount,
    ...hostInfo(facts),
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryInfo(config),
    GenericResources: null,
    ...proxyInfo(process.env),
    Labels: config.labels,
    ExperimentalBuild: false,
    ServerVersion: ENGINE_VERSION,
    ...runtimeInfo(config, facts),
    Swarm: NO_SWARM,
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: basename(settings.initPath),
    ContainerdCommit: { ID: `conmon ${facts.conmon.version}` },
    RuncCommit: { ID: facts.runc.commit || facts.runc.version },
    InitCommit: { ID: facts.init.version },
    SecurityOptions: [
      ...(engine.appArmor ? ['name=apparmor'] : []),
      `name=seccomp,profile=${config.seccompProfile || 'builtin'}`,
      ...(settings.cgroupVersion === 2 ? ['name=cgroupns'] : []),
      ...(settings.noNewPrivileges ? ['name=no-new-privileges'] : []),
    ],
    ...(config.defaultAddressPools && {
      DefaultAddressPools: config.defaultAddressPools.map(({ base, size }) => ({ Base: base, Size: size })),
    }),
    FirewallBackend: { Driver: 'nftables' },
    CDISpecDirs: [],
    Warnings: limitWarnings(facts.limits, settings.cgroupVersion),
  };
}

const NO_SWARM = {
  NodeID: '',
  NodeAddr: '',
  LocalNodeState: 'inactive',
  ControlAvailable: false,
  Error: '',
  RemoteManagers: null,
};

function containerCounts({ containers }: Engine) {
  const all = containers.list();
  const paused = all.filter(({ state }) => state.status === 'paused').length;
  const up = all.filter(({ state }) => isUp(state)).length;
  return {
    Containers: all.length,
    ContainersRunning: up - paused,
    ContainersPaused: paused,
    ContainersStopped: all.length - up,
  };
}

/** In dockerd's words, which clients show line by line. */
function storageInfo({ dataRoot }: DaemonConfig) {
  return {
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', filesystemOf(dataRoot)],
      ['Supports d_type', 'true'],
      ['Native Overlay Diff', 'true'],
    ],
    DockerRootDir: dataRoot,
  };
}

function hostInfo({ host }: SystemFacts) {
  return {
    KernelVersion: host.kernelVersion,
    OperatingSystem: host.operatingSystem,
    OSVersion: host.osVersion,
    OSType: 'linux',
    Architecture: host.machine,
    NCPU: host.cpus,
    MemTotal: host.memory,
    Name: host.name,
  };
}

function runtimeInfo({ runtimes, defaultRuntime }: DaemonConfig, { runcPath }: SystemFacts) {
  const known = [...RUNC_NAMES.map((name) => [name, runcPath] as const), ...Object.entries(runtimes)];
  return {
    Runtimes: Object.fromEntries(known.map(([name, path]) => [name, { path }])),
    DefaultRuntime: defaultRuntime,
  };
}

/** Passwords in a proxy's address are not shown. */
function proxyInfo(env: NodeJS.ProcessEnv) {
  const shown = (name: string) =>
    (env[name] ?? env[name.toLowerCase()] ?? '').replace(/\/\/[^/@]*@/, '//xxxxx:xxxxx@');
  return { HttpProxy: shown('HTTP_PROXY'), HttpsProxy: shown('HTTPS_PROXY'), NoProxy: shown('NO_PROXY') };
}
