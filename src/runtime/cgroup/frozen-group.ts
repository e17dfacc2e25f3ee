/**
 * Whether anything is frozen in version 1 is a switch in the kernel's own code (kernel/cgroup/legacy_freezer.c, the static
 * branch `freezer_active`): for the first group of a host that freezes, and the last that thaws, the kernel rewrites it
 * while all CPUs wait, 1 to 4 ms each time. An empty group that stays frozen beside the engine's containers spares their
 * pauses that; it is made with the first, so that a host on which nobody pauses has none.
 */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '../../core/errors.ts';
import { MOUNT_POINT, parentOf } from './cgroup.ts';

export class FrozenGroup {
  readonly #directory: string;
  #isThere = false;

  constructor(instance: string) {
    this.#directory = join(MOUNT_POINT, 'freezer', parentOf(instance), 'frozen');
  }

  /** For when a group of version 1 has frozen. A host that does not let it be made pauses as it did before. */
  keep(): void {
    if (this.#isThere) return;
    this.#isThere = true;
    try {
      mkdirSync(this.#directory, { recursive: true });
      writeFileSync(join(this.#directory, 'freezer.state'), 'FROZEN');
    } catch (error) {
      ignoring('ENOENT', 'EACCES', 'EPERM', 'EROFS')(error);
    }
  }

  /** Also of a former daemon that was killed. */
  close(): void {
    try {
      rmdirSync(this.#directory);
    } catch (error) {
      ignoring('ENOENT', 'ENOTDIR')(error);
    }
  }
}
