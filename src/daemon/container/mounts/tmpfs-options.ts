/** Options of a tmpfs as a person writes them, `size=1m,exec`: mount(8), tmpfs(5). */
import { invalidArgument } from '../../../core/errors.ts';
import { targetFault } from './target.ts';

const VALUES = ['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol'];
const FLAGS = [
  ...['defaults', 'ro', 'rw', 'suid', 'nosuid', 'dev', 'nodev', 'exec', 'noexec', 'sync', 'async', 'dirsync'],
  ...['remount', 'mand', 'nomand', 'atime', 'noatime', 'diratime', 'nodiratime', 'bind', 'rbind'],
  ...['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'unbindable', 'runbindable'],
  ...['relatime', 'norelatime', 'strictatime', 'nostrictatime'],
];

/** Throws `invalid-argument` for what is no option of a tmpfs. */
export function parseTmpfsOptions(text: string): string[] {
  const options = text === '' ? [] : text.split(',');
  const wrong = options.find((option) => {
    const [name = '', value] = option.split('=', 2);
    return value === undefined ? !FLAGS.includes(name) : !VALUES.includes(name) || value === '';
  });
  if (wrong !== undefined) throw invalidArgument(`invalid tmpfs option [${JSON.stringify(wrong)}]`);
  return options;
}

/** `--tmpfs TARGET[:OPTIONS]`. */
export function validateTmpfs(mounts: Record<string, string>): void {
  for (const [target, options] of Object.entries(mounts)) {
    const fault = targetFault(target);
    if (fault !== undefined) throw invalidArgument(fault);
    parseTmpfsOptions(options);
  }
}
