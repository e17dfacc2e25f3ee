/**
 * A runtime that dies between making a container and its own end (the kernel may take it for want of memory) leaves an
 * init that waits for it at exec.fifo, or the program, and a shim that reads what that says until its end: the start would
 * not be answered before.
 */
import { readFileSync } from 'node:fs';
import { ignoring } from '../../core/errors.ts';
import { killQuietly } from '../../kernel/process.ts';

/** Nobody is told of the death of a grandchild; a start that takes this long is looked after. */
const LOOK_MS = 1000;

/** What runc's init calls itself at each of its stages (proc(5), comm). */
const INIT = /^runc:\[/;

/** Ends an init that is found without its runtime twice; the shim says then that the start has failed. Returns the undo. */
export function endLostInits(shim: number): () => void {
  let seen = '';
  const look = () => {
    const children = childrenOf(shim);
    const isLost = children.length > 0 && children.every(isOfContainer(shim));
    if (isLost && children.join() === seen) children.forEach(killQuietly);
    seen = isLost ? children.join() : '';
  };
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}

/** proc(5), "children": those of an init whose runtime has died come to the shim, which is a subreaper. */
function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Init, or the program already: the runtime itself is in the shim's control group. */
const isOfContainer = (shim: number) => (pid: number) =>
  INIT.test(read(`/proc/${pid}/comm`)) || read(`/proc/${pid}/cgroup`) !== read(`/proc/${shim}/cgroup`);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    ignoring('ENOENT', 'ESRCH')(error);
    return '';
  }
}
