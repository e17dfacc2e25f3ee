/** COPY and ADD: files of the context, of other stages, images, the web, or of the Dockerfile itself. */
import { posix } from 'node:path';
import { invalidArgument } from '../../../core/errors.ts';
import { wordExpander } from '../config/change.ts';
import { filesWords } from '../config/created-by.ts';
import type { CopyRequest, CopySource } from '../files/copy.ts';
import { combine } from '../files/sum.ts';
import type { Tree } from '../tree.ts';
import { type Copy, type CopyLike, gather, rebuildsParents } from './gather.ts';
import { findOwner, ROOT } from './owner.ts';
import type { Gathered } from './sources.ts';
import type { Prepared, StepContext } from './step.ts';

export async function prepareCopy(context: StepContext, instruction: CopyLike): Promise<Prepared> {
  const copy = await withOwner(context, expandCopy(context, instruction));
  const gathered = await gather(context, copy);
  checkDestination(copy, gathered);
  return prepare(context, copy, gathered);
}

async function withOwner({ build, point }: StepContext, copy: Copy): Promise<Copy> {
  const { instruction, chown } = copy;
  if (!instruction.link || !chown) return copy;
  return { ...copy, owner: findOwner(await build.view(point), chown) };
}

function prepare(context: StepContext, copy: Copy, gathered: Gathered[]): Prepared {
  const { point } = context;
  const { instruction, destination, chown = '', chmod } = copy;
  const hash = hashOf(gathered);
  const flags = chown === '' ? '' : `--chown=${chown}`;
  const words = `${instruction.kind} ${flags}${hash} in ${destination} `;
  const parents = rebuildsParents(instruction);
  const link = instruction.link
    ? [{ link: context.point.state.config.WorkingDir ?? '/', owner: copy.owner }]
    : [];
  const extra = [...link, chmod ?? null, parents, copy.exclude, gathered.flatMap(({ found }) => found.links)];
  const unpacks = gathered.map(({ unpack }) => unpack);
  return {
    state: point.state,
    createdBy: filesWords(point.state, words),
    inputs: [...extra, unpacks, gathered.map(({ found }) => (parents ? found.written : found.name))],
    linked: instruction.link,
    hidden: chmod !== undefined || parents || copy.exclude.length > 0,
    execute: (tree) => execute(context, copy, gathered, tree),
  };
}

function expandCopy({ build, point }: StepContext, instruction: CopyLike): Copy {
  const expand = wordExpander(point.state, build.escapeChar);
  return {
    instruction,
    sources: instruction.sources.map(expand),
    destination: expand(instruction.destination),
    chown: instruction.chown === undefined ? undefined : expand(instruction.chown),
    chmod: instruction.chmod === undefined ? undefined : expand(instruction.chmod),
    exclude: instruction.exclude.map(expand),
    checksum: instruction.kind === 'ADD' && instruction.checksum ? expand(instruction.checksum) : undefined,
  };
}

function checkDestination({ instruction, destination }: Copy, gathered: readonly Gathered[]): void {
  if (gathered.length < 2 || isDirectoryPath(destination)) return;
  const rule = 'with more than one source file, the destination must be a directory and end with a /';
  throw invalidArgument(`When using ${instruction.kind} ${rule}`);
}

function isDirectoryPath(path: string): boolean {
  return path.endsWith('/') || ['', '.', '..'].includes(posix.basename(path));
}

/** One source is known by its own checksum, several by one of all. */
function hashOf(gathered: readonly Gathered[]): string {
  const [first] = gathered;
  if (first && gathered.length === 1) return first.found.hash;
  return combine(
    'multi',
    gathered.map(({ found }) => found.hash),
  );
}

async function execute(context: StepContext, copy: Copy, gathered: Gathered[], tree: Tree): Promise<void> {
  const { build, point } = context;
  const { instruction, destination, chown, chmod, exclude } = copy;
  const root = tree.mounted();
  const asked = copy.owner ?? (chown ? findOwner(root, chown) : undefined);
  // Files of a stage or an image keep their owner; those of a context had one that means nothing here.
  const keeps = instruction.kind === 'COPY' && instruction.from !== undefined;
  const sources: CopySource[] = [];
  for (const each of gathered) sources.push({ ...each, root: await each.root() });
  const request: CopyRequest = {
    sources,
    destination: {
      root,
      path: posix.resolve('/', point.state.config.WorkingDir || '/', destination),
      isDirectory: isDirectoryPath(destination),
    },
    owner: asked ?? (keeps ? undefined : ROOT),
    archiveOwner: asked,
    parentOwner: asked ?? ROOT,
    chmod,
    exclude,
    parents: rebuildsParents(instruction),
  };
  await build.files.copy(request, build.request.signal);
}
