/** Where a program of the host is. Not by $PATH: what runs as root does not depend on who started the daemon. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** A path in any case: a program that is not there fails when it is run, with the name of where it should be. */
export function findProgram(name: string): string {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? `/usr/bin/${name}`;
}
