/** Sources of COPY and ADD that are no paths: here-documents, files by URL, Git repositories. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { invalidArgument } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import type { Build } from '../build.ts';
import { fetchFile, isUrl, withoutSecrets } from '../context/fetch.ts';
import { checkOut } from '../context/git.ts';
import { checkedCommit, parseGitUrl } from '../context/git-url.ts';
import type { AddInstruction } from '../dockerfile/instruction.ts';
import type { Found } from '../files/find.ts';
import type { StepContext } from './step.ts';

export interface Gathered {
  /** Directory on the host; a stage or an image is mounted only when its files are wanted. */
  root: () => Promise<string>;
  found: Found;
  unpack: boolean;
}

export function isRemote(source: string): boolean {
  return isUrl(source) || parseGitUrl(source) !== undefined;
}

/** Each here-document becomes a file in a directory of its own that goes with the build. */
export function gatherInline(
  { build }: StepContext,
  files: readonly { name: string; content: string }[],
): Promise<Gathered[]> {
  return Promise.all(
    files.map(({ name, content }) => {
      const root = join(build.scratchDirectory, newId());
      mkdirSync(root, { mode: 0o700 });
      const base = plainBase(name);
      writeFileSync(join(root, base), content, { mode: 0o644 });
      return gathered(build, root, base, false);
    }),
  );
}

/** It becomes a file of the host, in a directory of its own. */
function plainBase(name: string): string {
  const base = posix.basename(name);
  if (!isPlain(base)) throw invalidArgument(`invalid name of a here-document: ${JSON.stringify(name)}`);
  return base;
}

function isPlain(name: string): boolean {
  return !['', '.', '..'].includes(name) && !/[/\0]/.test(name) && Buffer.byteLength(name) <= 255;
}

/** An ADD, with what the content must be if it says so. */
export interface Adding {
  instruction: AddInstruction;
  checksum?: string;
}

/** Fetched before the cache is asked: only the content says whether it has changed. */
export async function gatherRemote(
  context: StepContext,
  adding: Adding,
  sources: readonly string[],
): Promise<Gathered[]> {
  const found: Gathered[] = [];
  for (const source of sources) found.push(await gatherOne(context, adding, source));
  return found;
}

async function gatherOne(
  { build }: StepContext,
  { instruction, checksum }: Adding,
  source: string,
): Promise<Gathered> {
  const { signal } = build.request;
  const root = join(build.scratchDirectory, newId());
  const git = parseGitUrl(source);
  if (git) {
    const commit = checksum === undefined ? git.commit : checkedCommit(checksum);
    const options = { keepGit: instruction.keepGitDirectory, signal };
    return gathered(build, await checkOut({ ...git, commit }, root, options), '.', false);
  }
  const wanted = checksum === undefined ? undefined : checkedDigest(checksum);
  mkdirSync(root, { mode: 0o700 });
  const fetched = join(root, UNNAMED);
  const { digest, name: given } = await fetchFile(source, fetched, signal);
  if (wanted !== undefined && digest !== wanted) {
    throw invalidArgument(`digest mismatch ${digest}: ${wanted} for ${withoutSecrets(source)}`);
  }
  const name = fileName(source, given);
  renameSync(fetched, join(root, name));
  return gathered(build, root, name, instruction.unpack === true);
}

/** Throws `invalid-argument` in the words of Go's digest package. */
function checkedDigest(text: string): string {
  const [, algorithm, hex = ''] = /^([a-z0-9+._-]+):(.*)$/.exec(text) ?? [];
  if (algorithm === undefined) throw invalidArgument('invalid checksum digest format');
  if (algorithm !== 'sha256') throw invalidArgument('unsupported digest algorithm');
  if (!/^[0-9a-f]{64}$/.test(hex)) throw invalidArgument('invalid checksum digest length');
  return text;
}

async function gathered(build: Build, root: string, name: string, unpack: boolean): Promise<Gathered> {
  const asked = { root, sources: [name], wildcards: false, exclude: [], isContext: false };
  const [found] = await build.files.find(asked, build.request.signal);
  if (!found) throw invalidArgument(`stat ${name}: file does not exist`);
  return { root: () => Promise.resolve(root), found, unpack };
}

/** Of a file for which neither the URL nor the server has a name; BuildKit's. */
const UNNAMED = '__unnamed__';

function fileName(url: string, given = ''): string {
  const name = posix.basename(decodeURIComponent(new URL(url).pathname)) || posix.basename(given);
  return isPlain(name) ? name : UNNAMED;
}
