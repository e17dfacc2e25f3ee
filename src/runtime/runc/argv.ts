/**
 * The command lines of runc, each as a person would type it. Some are run; what the kernel does in one call (signals,
 * freezing, clean-up) is done without a process, and its command line only tells, in traces, what was done.
 */
export interface RuncAt {
  /** The program. */
  path: string;
  /** `--root`: on tmpfs, which saves 6 ms against a disk. */
  root: string;
  /** `--log`, in JSON. */
  log: string;
}

export interface ExecFiles {
  /** The OCI `process` document. */
  process: string;
  /** Written, by rename, when the process runs. */
  pid: string;
  /** A socket that takes the master of its terminal, named from the folder that runc is started in. */
  console: string;
}

/** What the shim is made to run: create and start in one process, which ends when the container runs. */
export function runArgv(runc: RuncAt, bundle: string, id: string): string[] {
  return [...globalArgv(runc), 'run', '--detach', '--bundle', bundle, '--pid-file', `${bundle}/pid`, id];
}

/**
 * The same for conmon, which always adds `create --bundle BUNDLE --pid-file …`: its first word becomes the value of an
 * option that comes once more, and of two runc takes the last. It saves a process, 3 % of a start (docs/performance.md).
 */
export function shimRunArgv(runc: RuncAt): string[] {
  return [...globalArgv(runc), 'run', '--detach', '--bundle'];
}

/**
 * Without a terminal runc stays as the parent of the process and ends with its exit code. With one it ends when the process
 * runs: it gives the terminal away only if it is not to stay.
 */
export function execArgv(runc: RuncAt, id: string, files: ExecFiles, terminal: boolean): string[] {
  const tty = terminal ? ['--tty', '--detach', '--console-socket', files.console] : [];
  return [...globalArgv(runc), 'exec', ...tty, '--process', files.process, '--pid-file', files.pid, id];
}

/** The limits come on standard input. */
export function updateArgv(runc: RuncAt, id: string): string[] {
  return [...globalArgv(runc), 'update', '--resources', '-', id];
}

export const killArgv = ({ path, root }: RuncAt, id: string, signal: number) => [
  ...[path, '--root', root, 'kill', id],
  String(signal),
];
export const pauseArgv = ({ path, root }: RuncAt, id: string) => [path, '--root', root, 'pause', id];
export const resumeArgv = ({ path, root }: RuncAt, id: string) => [path, '--root', root, 'resume', id];
export const deleteArgv = ({ path, root }: RuncAt, id: string) => [path, '--root', root, 'delete', id];

function globalArgv({ path, root, log }: RuncAt): string[] {
  return [path, '--root', root, '--log', log, '--log-format', 'json'];
}
