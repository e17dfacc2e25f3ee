/**
 * .dockerignore on the engine's side. A client has left out what it names already, all but the Dockerfile and the
 * ignore file, which it must send; of a context that the engine fetched itself everything named goes.
 */
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { O, unlinkAt, withOpenInRoot } from '../../../kernel/path.ts';
import { type IgnoreRules, parseIgnoreFile } from '../pattern/ignore.ts';
import { readContextFile } from './dockerfile.ts';

export interface IgnoreRequest {
  /** The context. */
  directory: string;
  /** Its path in it. */
  dockerfile: string;
  scope: 'everything' | 'what-the-client-could-not';
}

/** Milliseconds: patterns times files, of which a repository may bring any number. */
const TIME_MAX = 60_000;

/**
 * `<Dockerfile>.dockerignore` counts before `.dockerignore`. Synchronous: runs in a worker. Throws `invalid-argument`
 * for a pattern that is none.
 */
export function removeIgnored({ directory, dockerfile, scope }: IgnoreRequest): void {
  const special = `${dockerfile}.dockerignore`;
  const own = readContextFile(directory, special);
  const text = own ?? readContextFile(directory, '.dockerignore');
  if (text === undefined) return;
  const rules = parseIgnoreFile(text);
  if (scope === 'everything') removeBelow(directory, '', rules, performance.now() + TIME_MAX);
  for (const name of ['.dockerignore', dockerfile, ...(own === undefined ? [] : [special])]) {
    if (rules.ignores(name)) removeInside(directory, name);
  }
}

/** Without reading it; what is there by that name may still be no file. */
export function hasIgnoreFile(directory: string, dockerfile: string): boolean {
  return [`${dockerfile}.dockerignore`, '.dockerignore'].some((name) => {
    const parent = openSync(directory, O.PATH | O.DIRECTORY);
    try {
      return withOpenInRoot(parent, name, O.PATH, () => true);
    } catch {
      return false;
    } finally {
      closeSync(parent);
    }
  });
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
function removeBelow(root: string, below: string, rules: IgnoreRules, deadline: number): void {
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    if (performance.now() > deadline)
      throw invalidArgument('.dockerignore has too many patterns for this context');
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const ignored = rules.ignores(path);
    if (entry.isDirectory() && (!ignored || rules.mayTakeBackBelow(path)))
      removeBelow(root, path, rules, deadline);
    else if (ignored) rmSync(join(root, path), { recursive: true, force: true });
  }
}
