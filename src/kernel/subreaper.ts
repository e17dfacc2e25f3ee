/** Whose children orphans become: prctl(2), PR_SET_CHILD_SUBREAPER. */
import { bind, check } from './libc.ts';

const prctl = bind<(option: number, argument: number) => number>('int prctl(int option, ulong argument)');

const PR_SET_CHILD_SUBREAPER = 36;

let holders = 0;

/**
 * From now on, what a child started from now on leaves behind becomes a child of this process. The returned function
 * ends that, once nobody else wants it: an orphan that nobody adopts would stay a zombie as long as this process runs.
 */
export function inheritOrphans(): () => void {
  if (holders++ === 0) setSubreaper(true);
  return () => {
    if (--holders === 0) setSubreaper(false);
  };
}

const setSubreaper = (on: boolean) => check(prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0), 'prctl');
