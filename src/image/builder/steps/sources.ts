/** Sources of COPY and ADD that are no paths: here-documents, files by URL, Git repositories. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { invalidArgument } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import type { Build } from '../build.ts';
import { fetchFile, isUrl, withoutSecrets } from '../context/fetch.ts';
import { checkOut } from '../context/git.ts';
import { parseGitUrl } from '../context/git-url.ts';
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
  if (['', '.', '..'].includes(base) || base.includes('\0') || Buffer.byteLength(base) > 255) {
    throw invalidArgument(`invalid name of a here-document: ${JSON.stringify(name)}`);
  }
  return base;
}

/** Fetched before the cache is asked: only the content says whether it has changed. */
export async function gatherRemote(
  context: StepContext,
  instruction: AddInstruction,
  sources: readonly string[],
): Promise<Gathered[]> {
  const found: Gathered[] = [];
  for (const source of sources) found.push(await gatherOne(context, instruction, source));
  return found;
}

async function gatherOne(
  { build }: StepContext,
  instruction: AddInstruction,
  source: string,
): Promise<Gathered> {
  const { signal } = build.request;
  const root = join(build.scratchDirectory, newId());
  const git = parseGitUrl(source);
  if (git) {
    const path = await checkOut(git, root, { keepGit: instruction.keepGitDirectory, signal });
    return gathered(build, path, '.', false);
  }
  mkdirSync(root, { mode: 0o700 });
  const name = fileName(source);
  const { digest } = await fetchFile(source, join(root, name), signal);
  if (instruction.checksum !== undefined && digest !== instruction.checksum) {
    throw invalidArgument(`digest mismatch ${digest}: ${instruction.checksum} for ${withoutSecrets(source)}`);
  }
  return gathered(build, root, name, instruction.unpack === true);
}

async function gathered(build: Build, root: string, name: string, unpack: boolean): Promise<Gathered> {
  const [found] = await build.files.find({
    root,
    sources: [name],
    wildcards: false,
    exclude: [],
    isContext: false,
  });
  if (!found) throw invalidArgument(`stat ${name}: file does not exist`);
  return { root: () => Promise.resolve(root), found, unpack };
}

function fileName(url: string): string {
  const name = posix.basename(decodeURIComponent(new URL(url).pathname));
  if (name === '' || name === '/' || name.includes('\0')) {
    throw invalidArgument(`cannot determine filename for source ${withoutSecrets(url)}`);
  }
  return name;
}
