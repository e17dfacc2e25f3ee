/** The processes of the machine with their command lines; one that ends between two looks is left out. */
import { globSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  pid: number;
  command: string[];
}

export function processes(): RunningProcess[] {
  return globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
    const command = commandLine(path);
    return command.length > 0 ? [{ pid: Number(path.split('/')[2]), command }] : [];
  });
}

function commandLine(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
