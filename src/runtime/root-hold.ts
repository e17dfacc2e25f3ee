/**
 * The root filesystem of a running container leaves the host's table of mounts: the container has it in a mount
 * namespace of its own, and every start copies and reads the whole table of the host (500 more entries made a start
 * half as long again). What keeps it in use instead is a descriptor.
 */
import { close, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf } from '../core/errors.ts';
import { O } from '../kernel/path.ts';
import { type Bundle, unmountRootfs } from './bundle.ts';

/**
 * Who drops the last use of an overlay writes back what is dirty on the file system of its upper layer. Without a
 * descriptor that would be the container's own first process, and its exit would be seen only after that.
 */
export class RootHold {
  #fd: number | undefined;

  constructor(pid: number) {
    this.#fd = openRoot(pid);
  }

  /** Unmounts it on the host, if it is held. */
  async hide(bundle: Bundle): Promise<void> {
    if (this.#fd !== undefined) await unmountRootfs(bundle);
  }

  /** In a thread, which may have much to write back. */
  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await promisify(close)(fd);
  }
}

/** Undefined if the process has ended. */
function openRoot(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}/root`, O.PATH | O.DIRECTORY);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}
