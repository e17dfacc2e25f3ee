/** `runc exec`: one more process in a running container. runc stays as its parent and ends with its exit code. */
import type { RuncAt } from './runc.ts';
import { globalArgs } from './runc.ts';

export interface ExecFiles {
  /** The OCI `process` document. */
  process: string;
  /** Written, by rename, when the process runs. */
  pid: string;
}

/** As a person would type it. */
export function execArgv(runc: RuncAt, id: string, files: ExecFiles, terminal: boolean): string[] {
  const tty = terminal ? ['--tty'] : [];
  return [
    runc.path,
    ...globalArgs(runc),
    'exec',
    ...tty,
    '--process',
    files.process,
    '--pid-file',
    files.pid,
    id,
  ];
}
