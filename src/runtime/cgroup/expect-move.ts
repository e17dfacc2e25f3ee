/**
 * The longest wait of a start, taken ahead. Whoever moves a process into a control group, as runc does for each, first
 * waits until every CPU has seen that the groups change (kernel/cgroup/cgroup.c, cgroup_attach_lock: a grace period of
 * RCU); whoever follows soon does not. So the daemon moves itself to where it is, in a thread, while shim and runc are
 * still starting up. It takes `runc run` from 44 to 35 ms and `runc exec` from 39 to 32: docs/performance.md.
 */
import { closeSync, openSync, readFileSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const writeInThread = promisify(write);

const MOUNT_POINT = '/sys/fs/cgroup';

let underWay = false;

/** Call it when a process is about to be started in a control group. Never fails: without it, runc waits itself. */
export function expectMove(): void {
  if (underWay) return;
  underWay = true;
  stay()
    .catch(() => {})
    .finally(() => {
      underWay = false;
    });
}

/** The second write finds the kernel ready, and makes it stay so for two grace periods instead of one (kernel/rcu/sync.c). */
async function stay(): Promise<void> {
  const directory = ownGroup(readFileSync('/proc/self/cgroup', 'latin1'));
  if (directory === undefined) return;
  const procs = openSync(join(directory, 'cgroup.procs'), 'w');
  try {
    for (let time = 0; time < 2; time++) await writeInThread(procs, String(process.pid));
  } finally {
    closeSync(procs);
  }
}

/** Where this process is in some hierarchy, as `/proc/self/cgroup` tells (cgroups(7)): one lock serves them all. */
export function ownGroup(table: string): string | undefined {
  for (const line of table.trim().split('\n')) {
    const [, controllers = '', path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    // Above the root of our cgroup namespace nothing can be written.
    if (path === undefined || path.startsWith('/..')) continue;
    return join(MOUNT_POINT, controllers.replace(/^name=/, ''), path);
  }
  return undefined;
}
