/**
 * The contract of the runtime, containerd's part of the chain: a *container* is a record (daemon/container), a
 * *task* is its life. The runtime is handed an OCI config and mounts; it never hears of images or networks.
 */
import type { Duplex } from 'node:stream';
import type { Mount } from '../core/mount.ts';
import type { OciProcess, OciResources, OciSpec } from './oci.ts';

/** How a process ended. */
export interface Exit {
  /** 0–255; 128 + n when signal n ended it. */
  code: number;
  /** Wall clock, nanoseconds. */
  at: bigint;
  oomKilled: boolean;
}

/** Where the output goes besides those who are attached. */
export interface LogTarget {
  /** The current file; rotated ones get `.1`, `.2` … behind it. */
  path: string;
  /** Bytes at which the file is rotated. */
  maxSize: number;
  /** Files kept, the current one included. */
  maxFiles: number;
}

export interface TaskRequest {
  /** 64 hex digits. */
  id: string;
  /**
   * Called once the root filesystem is mounted at `rootfs`: users and groups are looked up there. `root.path` is
   * filled in by the bundle.
   */
  spec: (rootfs: string) => OciSpec | Promise<OciSpec>;
  /** Mounted in order; the first is the root filesystem. */
  rootfs: Mount[];
  /** The spec's `process.terminal`, told to the shim too. */
  terminal: boolean;
  /** Keep a stdin open that attached clients can write to. */
  stdin: boolean;
  /** With `stdin`: the first client that closes its side ends it (Docker's StdinOnce). */
  stdinOnce: boolean;
  /** Absent: output is not kept (log driver none). */
  log?: LogTarget;
  /** Name of a configured runtime; the manager's default if absent. */
  runtime?: string;
  /** Extra environment of shim and runtime, never of the container. */
  annotations?: Record<string, string>;
}

export type OutputStream = 'stdout' | 'stderr';

/** May return a view into `chunk`; the result is valid until the next call. */
export type Encode = (stream: OutputStream, chunk: Uint8Array) => Uint8Array;

/** What goes onto the client's wire before each chunk of output, or message of a log (Docker's 8-byte frames). */
export interface MessageHead {
  readonly length: number;
  /** `size`: bytes of what it stands before. */
  write(target: Buffer, at: number, stream: OutputStream, size: number): void;
}

/** A connection to a running process's stdio. */
export interface AttachRequest {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /**
   * Receives output as it comes. Read for stdin. Its end half-closes stdin; its close
   * detaches. A client that does not read never stalls the process.
   */
  client: Duplex;
  /** Stands before each chunk. Absent: bare bytes. */
  head?: MessageHead;
  /** Byte sequence that detaches; terminal only. Default ctrl-p ctrl-q. Empty: none. */
  detachKeys?: Uint8Array;
}

export type AttachEnd = 'output-ended' | 'detached' | 'client-gone';

export interface Attachment {
  /** Resolves once all output has been handed to the client, or it detached, or went away. */
  readonly done: Promise<AttachEnd>;
  close(): void;
}

/** What an exec and a task share. */
export interface Process {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  kill(signal: number): void;
  /** Characters; a no-op without a terminal is the caller's mistake: throws `invalid-argument`. */
  resize(height: number, width: number): Promise<void>;
}

export interface ExecRequest {
  /** 64 hex digits. */
  id: string;
  process: OciProcess;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Absent: detached, output thrown away. */
  client?: Duplex;
  head?: MessageHead;
  detachKeys?: Uint8Array;
}

export interface ExecProcess extends Process {
  readonly id: string;
  /** Resolves when output is complete or the client has detached. */
  readonly attachment?: Attachment;
}

/** What is needed to find a task again after the daemon was away; kept in its bundle as `task.json`. */
export interface TaskRecord {
  id: string;
  /** 0 until it is known to run. */
  pid: number;
  /** Field 22 of /proc/pid/stat: with the pid it names a process for good (proc(5)). */
  startTime: string;
  shimPid: number;
  shimStartTime: string;
  /** Wall clock, nanoseconds, decimal. */
  startedAt: string;
  runtime: string;
  terminal: boolean;
  stdin: boolean;
  stdinOnce: boolean;
  log?: LogTarget;
  /** Only then does the kernel kill in the container for want of memory. */
  memoryLimited: boolean;
  /** How many kills for want of memory have been told; kept where the kernel only counts them. */
  oomKills?: number;
  /** Known once its exit has been found by `restore`. */
  oomKilled?: boolean;
}

export interface Task extends Process {
  readonly id: string;
  /** Wall clock, nanoseconds. */
  readonly startedAt: bigint;
  readonly terminal: boolean;
  attach(request: AttachRequest): Promise<Attachment>;
  exec(request: ExecRequest): Promise<ExecProcess>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** All live limits: one that is left out holds no longer if it is a device's, else as before. What the kernel refuses is thrown with its words. Throws `conflict` when it has ended. */
  update(resources: OciResources): Promise<void>;
  /** Calls back each time the kernel kills in it for want of memory, until it has ended; `exited` tells once more. */
  onOom(listener: () => void): void;
  /** Pids in the container's cgroup, on the host. */
  pids(): number[];
  stats(): TaskStats;
  /** Cgroup directories by controller (v1), or `{ '': path }` (v2); from runc's state.json. */
  cgroups(): Record<string, string>;
  /** Only after `exited`: frees runc's state, cgroups, mounts, bundle. Idempotent. */
  delete(): Promise<void>;
}

/** Raw counters of one moment; the daemon shapes them. Nanoseconds and bytes. */
export interface TaskStats {
  cgroupVersion: 1 | 2;
  cpu: {
    total: number;
    user: number;
    kernel: number;
    perCpu?: number[];
    throttledPeriods: number;
    periods: number;
    throttledTime: number;
  };
  memory: {
    usage: number;
    limit: number;
    maxUsage?: number;
    failcnt?: number;
    stats: Record<string, number>;
  };
  pids: { current: number; limit?: number };
  blkio: Record<string, { major: number; minor: number; op: string; value: number }[]>;
}

/** Found at daemon start: it runs on, it ended while nobody looked, or nothing is known of it. */
export type Restored = { task: Task } | { exit: Exit } | undefined;

export interface Tasks {
  /**
   * From OCI config to running process: bundle, shim, runc. Throws EngineError in Docker's words for what the
   * process could not be started for (`task start failed` errors carry `exitCode` 126 or 127); leaves nothing then.
   * `attach`, when given, is connected before the process runs, so that not a byte of its output is missed.
   */
  start(request: TaskRequest, attach?: AttachRequest[]): Promise<{ task: Task; attachments: Attachment[] }>;
  get(id: string): Task | undefined;
  restore(id: string): Promise<Restored>;
  /** The exit that `restore` found is on record now: nothing has to tell of it any more. `start` forgets, too. */
  forget(id: string): Promise<void>;
  /** Takes away what no record tells of, once every record was restored. */
  sweep(): Promise<void>;
  /** Lets go of everything but the containers. */
  close(): Promise<void>;
}

/**
 * The error of a start that runc refused. `exitCode` is what dockerd records: 127 for what is not found, 126 for what
 * cannot be run, else 128 for a container and 126 for an exec.
 */
export interface StartFailure {
  exitCode: number;
}
