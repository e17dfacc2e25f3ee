/** COPY and ADD: files of the context, of other stages, images, the web, or of the Dockerfile itself. */
import { posix } from 'node:path';
import { invalidArgument, isKind } from '../../../core/errors.ts';
import { wordExpander } from '../config/change.ts';
import { filesWords } from '../config/created-by.ts';
import { environmentOf } from '../config/state.ts';
import { isUrl } from '../context/fetch.ts';
import { expandHeredoc } from '../dockerfile/expand.ts';
import type { AddInstruction, CopyInstruction } from '../dockerfile/instruction.ts';
import type { CopySource } from '../files/copy.ts';
import type { Owner } from '../files/place.ts';
import { combine } from '../files/sum.ts';
import { lookupIn } from '../stages/args.ts';
import { resolveFrom } from '../stages/plan.ts';
import type { Tree } from '../tree.ts';
import { openOrigin } from './origin.ts';
import { findOwner } from './owner.ts';
import { type Gathered, gatherInline, gatherRemote, isRemote } from './sources.ts';
import type { Prepared, StepContext } from './step.ts';

type CopyLike = CopyInstruction | AddInstruction;

/** An instruction with its variables expanded. */
interface Copy {
  instruction: CopyLike;
  sources: string[];
  destination: string;
  chown?: string;
  chmod?: string;
  exclude: string[];
  /** Of `--link`: looked up in the stage before, since the layer itself knows no names. */
  owner?: Owner;
}

export async function prepareCopy(context: StepContext, instruction: CopyLike): Promise<Prepared> {
  const copy = expandCopy(context, instruction);
  try {
    return await prepare(context, await withOwner(context, copy));
  } catch (error) {
    if (!isKind(error, 'invalid-argument')) throw error;
    throw invalidArgument(`${instruction.kind} failed: ${error.message}`, error);
  }
}

async function withOwner({ build, point }: StepContext, copy: Copy): Promise<Copy> {
  const { instruction, chown } = copy;
  if (!instruction.link || !chown) return copy;
  return { ...copy, owner: findOwner(await build.view(point), chown) };
}

async function prepare(context: StepContext, copy: Copy): Promise<Prepared> {
  const { point } = context;
  const { instruction, destination, chown = '', chmod } = copy;
  const gathered = await gather(context, copy);
  checkDestination(copy, gathered);
  const hash = hashOf(gathered);
  const flags = chown === '' ? '' : `--chown=${chown}`;
  const words = `${instruction.kind} ${flags}${hash} in ${destination} `;
  const parents = instruction.kind === 'COPY' && instruction.parents;
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
  };
}

/** In the order: paths, then addresses, then here-documents. */
async function gather(context: StepContext, copy: Copy): Promise<Gathered[]> {
  const { instruction, sources } = copy;
  const isAdd = instruction.kind === 'ADD';
  if (!isAdd && sources.some(isUrl)) throw invalidArgument("source can't be a URL for COPY");
  const remote = isAdd ? sources.filter(isRemote) : [];
  const local = sources.filter((source) => !remote.includes(source));
  if (isAdd && instruction.checksum !== undefined && (remote.length !== 1 || local.length > 0)) {
    throw invalidArgument('checksum can only be set for a single HTTP source');
  }
  const found = [
    ...(await gatherLocal(context, copy, local)),
    ...(isAdd ? await gatherRemote(context, instruction, remote) : []),
    ...(await gatherInline(context, expandedFiles(context, instruction))),
  ];
  if (found.length === 0) throw invalidArgument('no source files were specified');
  return found;
}

async function gatherLocal(context: StepContext, copy: Copy, sources: string[]): Promise<Gathered[]> {
  if (sources.length === 0) return [];
  const { build, stage } = context;
  const { instruction, exclude } = copy;
  const from = instruction.kind === 'COPY' ? instruction.from : undefined;
  const origin = await openOrigin(
    build,
    from === undefined ? { kind: 'context' } : resolveFrom(build.dockerfile.stages, from, stage),
  );
  const found = await origin.find(sources, exclude);
  const unpack = instruction.kind === 'ADD' && instruction.unpack !== false;
  return found.map((each) => ({ root: origin.root, found: each, unpack }));
}

function expandedFiles({ build, point }: StepContext, { files }: CopyLike) {
  const lookup = lookupIn(point.state.args, environmentOf(point.state));
  return files.map(({ name, content, expand }) => ({
    name,
    content: expand ? expandHeredoc(content, { lookup, escapeChar: build.escapeChar }) : content,
  }));
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
  await build.files.copy({
    sources,
    destination: {
      root,
      path: posix.resolve('/', point.state.config.WorkingDir || '/', destination),
      isDirectory: isDirectoryPath(destination),
    },
    owner: asked ?? (keeps ? undefined : ROOT),
    parentOwner: asked ?? ROOT,
    chmod,
    exclude,
    parents: instruction.kind === 'COPY' && instruction.parents,
  });
}

const ROOT = { uid: 0, gid: 0 };
