/** Reading the kernel's control group files: single numbers, `key value` tables, and the blkio lists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/errors.ts';

/** `undefined` if the file, or the controller, is not there. */
export function readFile(directory: string | undefined, name: string): string | undefined {
  if (directory === undefined) return undefined;
  try {
    return readFileSync(join(directory, name), 'latin1').trim();
  } catch (error) {
    if (['ENOENT', 'ENODEV', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** `max` and an absent file are undefined. */
export function readNumber(directory: string | undefined, name: string): number | undefined {
  const text = readFile(directory, name);
  return text === undefined || text === '' || text === 'max' ? undefined : Number(text);
}

/** Lines of `key value`. Empty if absent. */
export function readTable(directory: string | undefined, name: string): Record<string, number> {
  const table: Record<string, number> = {};
  for (const line of (readFile(directory, name) ?? '').split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) table[line.slice(0, space)] = Number(line.slice(space + 1));
  }
  return table;
}
