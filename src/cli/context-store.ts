// Named engines: one file per context under the config folder, `contexts/NAME.json`.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsFiles } from './connection/endpoint.ts';
import { ExitError } from './exit.ts';

export interface Context {
  readonly name: string;
  readonly description: string;
  readonly host: string;
  /** Paths of files on this machine. */
  readonly tls?: TlsFiles;
}

export function readContext(directory: string, name: string): Context {
  const path = pathOf(directory, name);
  try {
    const parsed = JSON.parse(readFileSync(path, 'utf8'));
    return {
      name,
      description: String(parsed.description ?? ''),
      host: String(parsed.host),
      tls: parsed.tls,
    };
  } catch (error) {
    throw new ExitError(`context "${name}": context not found`, 1, { cause: error });
  }
}

export function listContexts(directory: string): Context[] {
  let files: string[];
  try {
    files = readdirSync(join(directory, 'contexts'));
  } catch {
    return [];
  }
  const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  return names.sort().map((name) => readContext(directory, name));
}

export function writeContext(directory: string, context: Context): void {
  mkdirSync(join(directory, 'contexts'), { recursive: true, mode: 0o700 });
  const { name, ...rest } = context;
  writeFileSync(pathOf(directory, name), `${JSON.stringify(rest, undefined, 2)}\n`, { mode: 0o600 });
}

export function removeContext(directory: string, name: string): void {
  readContext(directory, name);
  rmSync(pathOf(directory, name));
}

function pathOf(directory: string, name: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/.test(name)) {
    throw new ExitError(
      `context name "${name}" is invalid, names are validated against regexp "^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$"`,
    );
  }
  return join(directory, 'contexts', `${name}.json`);
}
