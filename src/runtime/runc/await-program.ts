/**
 * From runc's init to the container's program. runc says that a container runs a moment before: its init lets go of
 * everything it holds, also of the pipe that runc waits at, and only then executes the program. Until then a signal
 * ends it, whatever the program would have made of it, and `top` shows what nobody started.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ignoring } from '../../core/errors.ts';

/** What init calls itself (proc(5), comm). */
const INIT = 'runc:[2:INIT]';
/** A program that took this name for itself is not waited for longer. */
const LONGEST_MS = 200;

/**
 * Looks again a millisecond later: of an execve(2) the kernel tells nobody but who traces. Of a descriptor that closes
 * with it the shim, through which init is started, holds a copy that stays; the process connector (PROC_EVENT_EXEC) wants
 * CAP_NET_ADMIN in the first network namespace and tells of all processes of the machine; fanotify tells of an opened
 * file, which is before, not after.
 */
export async function awaitProgram(pid: number): Promise<void> {
  const last = performance.now() + LONGEST_MS;
  while (nameOf(pid) === INIT && performance.now() < last) await delay(1);
}

/** '' once it is gone. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch (error) {
    ignoring('ENOENT', 'ESRCH')(error);
    return '';
  }
}
