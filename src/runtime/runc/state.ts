/** runc's own record of a container, ROOT/ID/state.json: read for its cgroup paths, removed when the container is gone. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../../core/json-file.ts';

/** The fields that are read (libcontainer State). */
interface RuncState {
  cgroup_paths?: Record<string, string>;
}

/** Cgroup directories by controller (v1), or `{ '': path }` (v2). Empty if runc knows no such container. */
export function cgroupPaths(root: string, id: string): Record<string, string> {
  return readJson<RuncState>(join(root, id, 'state.json'))?.cgroup_paths ?? {};
}

/** What is left of `runc delete` for a container whose processes are gone and whose cgroups are removed. */
export function removeState(root: string, id: string): void {
  rmSync(join(root, id), { recursive: true, force: true });
}
