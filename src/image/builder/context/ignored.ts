/**
 * .dockerignore on the engine's side. A client has left out what it names already, all but the Dockerfile and the
 * ignore file, which it must send; of a context that the engine fetched itself everything named goes.
 */
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { errnoOf } from '../../../core/errors.ts';
import { O, unlinkAt, withOpenInRoot } from '../../../kernel/path.ts';
import { type IgnoreRules, parseIgnoreFile } from '../pattern/ignore.ts';
import { readContextFile } from './dockerfile.ts';

/** `<Dockerfile>.dockerignore` counts before `.dockerignore`. */
export function removeIgnored(
  directory: string,
  dockerfile: string,
  scope: 'everything' | 'what-the-client-could-not',
): void {
  const special = `${dockerfile}.dockerignore`;
  const own = readContextFile(directory, special);
  const text = own ?? readContextFile(directory, '.dockerignore');
  if (text === undefined) return;
  const rules = parseIgnoreFile(text);
  if (scope === 'everything') removeBelow(directory, '', rules);
  for (const name of ['.dockerignore', dockerfile, ...(own === undefined ? [] : [special])]) {
    if (rules.ignores(name)) removeInside(directory, name);
  }
}

/** The name is the client's: its parent is opened inside the context, and the last component is not followed. */
function removeInside(directory: string, path: string): void {
  const parent = posix.dirname(path);
  const root = openSync(directory, O.PATH | O.DIRECTORY);
  try {
    withOpenInRoot(root, parent, O.PATH | O.DIRECTORY, (fd) => unlinkAt(fd, posix.basename(path)));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  } finally {
    closeSync(root);
  }
}

/** The directory is the engine's own and nobody else writes to it, so paths hold still; links are not followed. */
function removeBelow(root: string, below: string, rules: IgnoreRules): void {
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const ignored = rules.ignores(path);
    if (entry.isDirectory() && (!ignored || rules.mayTakeBackBelow(path))) removeBelow(root, path, rules);
    else if (ignored) rmSync(join(root, path), { recursive: true, force: true });
  }
}
