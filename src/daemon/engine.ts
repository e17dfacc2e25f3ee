/** What the operations of the daemon work with: the layers below, and what the daemon itself keeps. Made in main.ts. */
import type { Logger } from 'pino';
import type { EventBus } from '../core/events.ts';
import type { KeyedLock } from '../core/keyed-lock.ts';
import type { Images } from '../image/contract.ts';
import type { Networks } from '../network/network.ts';
import type { AppArmor } from '../runtime/spec/apparmor.ts';
import type { Tasks } from '../runtime/task.ts';
import type { TraceFiles } from '../trace/trace-file.ts';
import type { Volumes } from '../volume/volume.ts';
import type { BuildEngine } from './build/build-engine.ts';
import type { PendingAttachments } from './container/attach.ts';
import type { Settling } from './container/exit.ts';
import type { FileThreads } from './container/files/threads.ts';
import type { HealthMonitors } from './container/health/monitor.ts';
import type { LogForwarders } from './container/logging/forward.ts';
import type { Seccomp } from './container/spec/seccomp.ts';
import type { ContainerStore } from './container/store.ts';
import type { Watchers } from './container/watchers.ts';
import type { ExecStore } from './exec/store.ts';
import type { VolumeClaims } from './volume/claims.ts';

export interface Engine {
  settings: EngineSettings;
  logger: Logger;
  events: EventBus;
  images: Images;
  networks: Networks;
  volumes: Volumes;
  volumeClaims: VolumeClaims;
  tasks: Tasks;
  containers: ContainerStore;
  execs: ExecStore;
  build: BuildEngine;
  /** One operation at a time on each container. */
  locks: KeyedLock;
  watchers: Watchers;
  attachments: PendingAttachments;
  settling: Settling;
  health: HealthMonitors;
  logForwarders: LogForwarders;
  seccomp: Seccomp;
  /** Absent where this host has none. */
  appArmor: AppArmor | undefined;
  files: FileThreads;
  traces: TraceFiles;
  /** The machine is shutting down: restart policies start nothing any more. */
  goingDown: boolean;
}

/** The part of the configuration that operations on containers read. */
export interface EngineSettings {
  dataRoot: string;
  execRoot: string;
  instance: string;
  /** Parent of the containers' cgroups, absolute within the hierarchy: `/skiff`. */
  cgroupParent: string;
  defaultRuntime: string;
  runtimes: string[];
  /** Logging of containers that do not set their own. */
  logDriver: string;
  logOptions: Record<string, string>;
  /** Log bounds that nobody set. */
  logMaxSize: number;
  logMaxFiles: number;
  /** Bytes of /dev/shm. */
  shmSize: number;
  /** Static program for `--init`; '' if the host has none. */
  initPath: string;
  cgroupVersion: 1 | 2;
  defaultUlimits: Record<string, { Soft: number; Hard: number }>;
  /** What containers have that do not say otherwise; dockerd's defaults of the same names. */
  init: boolean;
  noNewPrivileges: boolean;
  defaultIpcMode: string;
  defaultCgroupnsMode: string | undefined;
  /** What `host-gateway` stands for; empty: the host's addresses on the default bridge. */
  hostGatewayIps: string[];
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
}
