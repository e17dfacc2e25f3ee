/**
 * What a former daemon left under this instance's name that no record tells of any more: bundles, exit files, control
 * groups with whatever runs in them. It comes of an exec-root that was emptied, or of a crash in the middle of a removal.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isId } from '../core/ids.ts';
import { killQuietly } from '../kernel/process.ts';
import { pidsIn, removeCgroups, strayGroups } from './cgroup/cgroup.ts';
import type { Manager } from './manager.ts';
import { forgetTask } from './restore.ts';

/** For when all that is on record was restored or forgotten. What starts meanwhile is left alone. */
export async function sweepTasks(manager: Manager): Promise<void> {
  const groups = strayGroups(manager.instance);
  const files = [join(manager.execRoot, 'bundles'), manager.exitDir].flatMap((folder) => readdirSync(folder));
  const ids = new Set([...files, ...groups.keys()].filter(isId));
  await Promise.all(
    [...ids].map((id) => manager.locks.run(id, () => sweepOne(manager, id, groups.get(id) ?? []))),
  );
}

async function sweepOne(manager: Manager, id: string, groups: string[]): Promise<void> {
  if (manager.tasks.has(id)) return;
  manager.logger.warn({ task: id }, 'something of a container that is on no record is taken away');
  await forgetTask(manager, id);
  for (const pid of groups.flatMap(pidsIn)) killQuietly(pid);
  await removeCgroups(Object.fromEntries(groups.map((group) => [group, group])));
  manager.exitFiles.remove(id);
}
