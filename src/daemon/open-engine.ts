/** Opens the layers and puts together what the operations of the daemon work with. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { EventBus } from '../core/events.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import { openImages } from '../image/images.ts';
import { openNetworks } from '../network/open-networks.ts';
import { openAppArmor } from '../runtime/spec/apparmor.ts';
import { openTasks, RUNC_NAMES } from '../runtime/tasks.ts';
import { TraceFiles } from '../trace/trace-file.ts';
import { openVolumes } from '../volume/open-volumes.ts';
import { openBuildEngine } from './build/build-engine.ts';
import type { DaemonConfig } from './config/config.ts';
import { PendingAttachments } from './container/attach.ts';
import { Settling } from './container/exit.ts';
import { FileThreads } from './container/files/threads.ts';
import { HealthMonitors } from './container/health/monitor.ts';
import { validateLogConfig } from './container/logging/drivers.ts';
import { LogForwarders } from './container/logging/forward.ts';
import { checkLogValues } from './container/logging/initialise.ts';
import { openSeccomp } from './container/spec/seccomp.ts';
import { isUp } from './container/state.ts';
import { ContainerStore } from './container/store.ts';
import { Watchers } from './container/watchers.ts';
import type { Engine, EngineSettings } from './engine.ts';
import { ExecStore } from './exec/store.ts';
import { VolumeClaims } from './volume/claims.ts';

/** Where Debian and Docker put a static init. */
const INIT_PROGRAMS = [
  '/usr/bin/tini-static',
  '/usr/bin/catatonit',
  '/usr/libexec/podman/catatonit',
  '/usr/libexec/docker/docker-init',
  '/usr/bin/docker-init',
];

/** Bounds of a container's log that nobody set: three files of 10 MB. */
const LOG_MAX_SIZE = 10 * 1024 * 1024;
const LOG_MAX_FILES = 3;

/** Where people put certificates and mirrors of registries; ours first, then Docker's. */
const CERTS_DIRECTORIES = ['/etc/skiff/certs.d', '/etc/docker/certs.d'];

export async function openEngine(config: DaemonConfig, logger: Logger): Promise<Engine> {
  validateLogConfig(config.logDriver, config.logOptions);
  checkLogValues(config.logOptions);
  mkdirSync(config.dataRoot, { recursive: true, mode: 0o711 });
  mkdirSync(config.execRoot, { recursive: true, mode: 0o711 });
  const [images, networks, volumes, tasks] = await Promise.all([
    openImages({
      root: config.dataRoot,
      logger,
      registry: registryOf(config),
      maxDownloads: config.maxConcurrentDownloads,
    }),
    openNetworks({ ...config, bridge: config.bridge, logger }),
    openVolumes({ root: config.dataRoot, logger }),
    openTasks({ ...config, runtimes: runtimePrograms(config), logger }),
  ]);
  return {
    settings: settingsOf(config),
    logger,
    events: new EventBus(),
    images,
    networks,
    volumes,
    tasks,
    containers: new ContainerStore(join(config.dataRoot, 'containers')),
    execs: new ExecStore(),
    build: await openBuildEngine({ ...config, images, tasks }),
    locks: new KeyedLock(),
    watchers: new Watchers(),
    attachments: new PendingAttachments(),
    volumeClaims: new VolumeClaims(),
    settling: new Settling(),
    health: new HealthMonitors(),
    logForwarders: new LogForwarders(),
    seccomp: openSeccomp(config.seccompProfile ?? ''),
    appArmor: openAppArmor(),
    files: new FileThreads(),
    traces: new TraceFiles(),
    goingDown: false,
  };
}

/** Containers run on, with their network; if there is none, bridges and firewall rules go too. */
export async function closeEngine(engine: Engine): Promise<void> {
  engine.health.close();
  engine.logForwarders.close();
  await engine.build.close();
  await Promise.all([
    engine.files.close(),
    engine.tasks.close(),
    engine.networks.close({ keep: engine.containers.list().some(({ state }) => isUp(state)) }),
    engine.volumes.close(),
    engine.images.close(),
    engine.containers.close(),
  ]);
  await engine.traces.close();
}

const runtimePrograms = ({ runtimes }: DaemonConfig) =>
  Object.fromEntries(Object.entries(runtimes).map(([name, path]) => [name, { path }]));

function registryOf({ registryMirrors, insecureRegistries }: DaemonConfig) {
  return { mirrors: registryMirrors, insecure: insecureRegistries, certsDirectories: CERTS_DIRECTORIES };
}

function settingsOf(config: DaemonConfig): EngineSettings {
  return {
    dataRoot: config.dataRoot,
    execRoot: config.execRoot,
    instance: config.instance,
    cgroupParent: config.cgroupParent,
    defaultRuntime: config.defaultRuntime,
    runtimes: [...RUNC_NAMES, ...Object.keys(config.runtimes)],
    logDriver: config.logDriver,
    logOptions: config.logOptions,
    logMaxSize: LOG_MAX_SIZE,
    logMaxFiles: LOG_MAX_FILES,
    shmSize: config.defaultShmSize,
    initPath: config.initPath ?? INIT_PROGRAMS.find((path) => existsSync(path)) ?? '',
    cgroupVersion: existsSync('/sys/fs/cgroup/cgroup.controllers') ? 2 : 1,
    defaultUlimits: config.defaultUlimits,
    init: config.init,
    noNewPrivileges: config.noNewPrivileges,
    defaultIpcMode: config.defaultIpcMode,
    defaultCgroupnsMode: config.defaultCgroupnsMode,
    hostGatewayIps: config.hostGatewayIps,
    dns: config.dns,
    dnsSearch: config.dnsSearch,
    dnsOptions: config.dnsOptions,
  };
}
