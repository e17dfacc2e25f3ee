/** What the sources of a COPY or ADD name in a context, a stage or an image, and the checksum of each. */
import { posix } from 'node:path';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { splitName } from '../../layer/safe-path.ts';
import { compileGlob, hasWildcards } from '../pattern/glob.ts';
import { parseIgnoreFile } from '../pattern/ignore.ts';
import {
  type Check,
  join,
  namesIn,
  pathBelow,
  toBytes,
  toText,
  withDirectory,
  withEntry,
  withTarget,
} from './entry.ts';
import { directorySum, fileSum, type Summing } from './sum.ts';

export interface FindRequest {
  /** Directory on the host. */
  root: string;
  /** As in the instruction, variables expanded. */
  sources: string[];
  /** False: each source is one path, whatever characters it has. */
  wildcards: boolean;
  /** Patterns of `--exclude`. */
  exclude: string[];
  /** `**` matches any number of directories, as it does with `--parents`. */
  deep?: boolean;
  /** Of the context: messages then speak of .dockerignore. */
  isContext: boolean;
}

export interface Found {
  /** Below the root, in bytes; `` is the root. Links in it have been followed. */
  path: string;
  /** What it is copied as: the last component as it was written, in bytes. */
  name: string;
  /** The path as it was written or matched, in bytes: what `--parents` rebuilds. */
  written: string;
  directory: boolean;
  /** `file:…` or `dir:…`, as in Docker's histories. */
  hash: string;
  /** Links below it and their targets: with the hash, all that a copy depends on. */
  links: string[];
}

/** In the order of the sources. Throws `not-found` in Docker's words for a source that is not there. */
export function findSources(request: FindRequest, check: Check): Found[] {
  const skips = skipper(request.exclude);
  const summing = { skips, check };
  return withDirectory(request.root, (root) =>
    request.sources.flatMap((source) => {
      const path = insideRoot(source);
      const literal = !request.wildcards || !hasWildcards(path);
      const paths = literal
        ? [toBytes(withPivot(source, path))]
        : matching(root, path, request.deep === true);
      return paths
        .filter((found) => !skips(lastOf(found)))
        .map((found) => lookAt(root, found, request, summing));
    }),
  );
}

/** Whether `--exclude` names a path below a source. Bytes in. */
export function skipper(exclude: readonly string[]): (path: string) => boolean {
  if (exclude.length === 0) return () => false;
  const rules = parseIgnoreFile(exclude.join('\n'));
  return (path) => rules.ignores(toText(path));
}

/** `/a`, `./a`, `b/../a` are `a`; what leads out of the root is refused. */
function insideRoot(source: string): string {
  const cleaned = hasWildcards(source) ? source.replace(/^(?:\.?\/+)+/, '') : posix.normalize(source);
  const path = cleaned.replace(/^\/+/, '').replace(/\/+$/, '');
  if (path === '..' || path.startsWith('../')) {
    throw invalidArgument(`forbidden path outside the build context: ${source} ()`);
  }
  return path === '.' ? '' : path;
}

/** `a/./b` means `a/b`; the dot says to `--parents` which directories are to be rebuilt. */
function withPivot(source: string, path: string): string {
  return source.includes('/./') ? source.replace(/^(?:\.?\/+)+/, '') : path;
}

/**
 * Segment by segment, so that only directories that can hold a match are read. Links on the way are not followed. A
 * lone dot between the segments stays in what is found: the pivot of `--parents`.
 */
function matching(root: number, pattern: string, deep: boolean): string[] {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  let found: Match[] = [{ path: '' }];
  for (const segment of segments) {
    if (segment === '.') found = found.map((match) => ({ pivot: match.path, ...match }));
    else if (segment === '**' && deep) found = found.flatMap((match) => withDirectoriesBelow(root, match));
    else found = found.flatMap((match) => matchesIn(root, match, compileGlob(segment)));
  }
  return [
    ...new Set(found.map(({ path, pivot }) => (pivot ? `${pivot}/.${path.slice(pivot.length)}` : path))),
  ];
}

interface Match {
  path: string;
  /** The path as far as it came where the pattern has a dot. */
  pivot?: string;
}

function matchesIn(root: number, match: Match, matches: (name: string) => boolean): Match[] {
  return namesBelow(root, match.path)
    .filter((name) => matches(toText(name)))
    .map((name) => ({ ...match, path: join(match.path, name) }));
}

function withDirectoriesBelow(root: number, match: Match): Match[] {
  const below = namesBelow(root, match.path)
    .map((name) => ({ ...match, path: join(match.path, name) }))
    .filter(({ path }) => isRealDirectory(root, path));
  return [match, ...below.flatMap((each) => withDirectoriesBelow(root, each))];
}

function isRealDirectory(root: number, path: string): boolean {
  const { parent, base } = splitName(path);
  return withTarget(root, parent, ({ fd }) => withEntry(fd, base, ({ kind }) => kind === 'directory'));
}

function namesBelow(root: number, path: string): string[] {
  return withTarget(root, path, (entry) => (entry.kind === 'directory' ? namesIn(entry.fd) : []));
}

function lookAt(root: number, written: string, request: FindRequest, summing: Summing): Found {
  try {
    return withTarget(root, written, (entry) => {
      const path = pathBelow(root, entry.fd);
      const directory = entry.kind === 'directory';
      const sum = directory ? directorySum(root, entry, path, summing) : fileSum(entry, path, summing.check);
      return { path, name: lastOf(written), written, directory, ...sum };
    });
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) throw error;
    throw missing(toText(written), request.isContext, error);
  }
}

function missing(path: string, isContext: boolean, cause: unknown) {
  const where = isContext ? 'file not found in build context or excluded by .dockerignore: ' : '';
  return invalidArgument(`${where}stat ${path}: file does not exist`, cause);
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
