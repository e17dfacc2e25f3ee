/** `task.json`, what finds a task again: written before the shim is started, completed when the process runs. */
import { nowNano } from '../core/events.ts';
import { nameProcess, type ProcessName } from '../kernel/process.ts';
import type { OciSpec } from './oci.ts';
import type { TaskRecord, TaskRequest } from './task.ts';

export function unstartedRecord(runtime: string, request: TaskRequest, spec: OciSpec): TaskRecord {
  const { id, terminal, stdin, stdinOnce, log } = request;
  return {
    ...{ id, runtime, terminal, stdin, stdinOnce, log },
    memoryLimited: spec.linux.resources?.memory?.limit !== undefined,
    ...{ pid: 0, startTime: '', shimPid: 0, shimStartTime: '', startedAt: '0' },
  };
}

/** A process that has ended and been reaped already gets the start time `''`, which matches none. */
export function nameRecord(record: TaskRecord, pid: number, shimPid: number): void {
  record.pid = pid;
  record.startTime = nameProcess(pid)?.startTime ?? '';
  record.shimPid = shimPid;
  record.shimStartTime = nameProcess(shimPid)?.startTime ?? '';
  record.startedAt = String(nowNano());
}

export function shimOf(record: TaskRecord): ProcessName {
  return { pid: record.shimPid, startTime: record.shimStartTime };
}
