/**
 * Folders whose files live as long as a container runs: bundles, runc's state, exit codes. `/run` is in memory on most
 * hosts; where it is not (small virtual machines, containers) each of them gets a tmpfs of its own. A start writes and
 * removes some twenty files there, each of which costs a disk up to 0.3 ms: docs/performance.md.
 */
import { mkdirSync, readdirSync, statfsSync } from 'node:fs';
import { ignoring } from '../core/errors.ts';
import { MS, mount, unmount } from '../kernel/mount.ts';

/** statfs(2), "f_type". */
const TMPFS = 0x01021994;

/** What is there already stays where it is: it belongs to containers that run. */
export function openVolatile(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode });
  if (statfsSync(path).type === TMPFS || readdirSync(path).length > 0) return;
  mount('tmpfs', path, 'tmpfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, `mode=${mode.toString(8)}`);
}

/** Unless something in it is still needed. */
export function closeVolatile(path: string): void {
  if (readdirSync(path).length > 0) return;
  try {
    unmount(path);
  } catch (error) {
    // Not mounted by us, or in use.
    ignoring('EINVAL', 'EBUSY')(error);
  }
}
