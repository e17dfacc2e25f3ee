/** The call of runc that an exec is: its words, and the files that it reads and writes. */
import { readFileSync } from 'node:fs';
import type { ExecFiles } from '../runc/argv.ts';

export interface ExecCommand {
  argv: string[];
  files: ExecFiles;
  /** Where the files are, and where runc is started. */
  directory: string;
}

export const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** Undefined: nothing runs yet. runc writes the pid beside its place and renames it, so a file that is seen is whole. */
export function readPid(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'latin1')) || undefined;
  } catch {
    return undefined;
  }
}
