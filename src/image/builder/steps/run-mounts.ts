/** `RUN --mount`: what each kind adds to the cache's key, and what it puts into the container while the step runs. */
import { join, posix } from 'node:path';
import { invalidArgument } from '../../../core/errors.ts';
import { Undo } from '../../../core/undo.ts';
import type { BuildMount } from '../dockerfile/mount.ts';
import type { CopyRequest } from '../files/copy.ts';
import { pathBelow, toBytes, toText, withDirectory, withTarget } from '../files/entry.ts';
import type { StepMount } from '../request.ts';
import { resolveFrom } from '../stages/plan.ts';
import type { Tree } from '../tree.ts';
import { openAgent, openSecret } from './client-mounts.ts';
import { type Origin, openOrigin } from './origin.ts';
import type { OpenMounts } from './run.ts';
import type { StepContext } from './step.ts';

/** A mount with what it shows, if that is files of the context, a stage or an image. */
interface Sourced {
  mount: BuildMount;
  origin?: Origin;
}

export interface PreparedMounts {
  inputs: unknown[];
  open: (tree: Tree) => Promise<OpenMounts>;
}

export async function prepareMounts(
  context: StepContext,
  mounts: readonly BuildMount[],
): Promise<PreparedMounts> {
  const sourced: Sourced[] = [];
  for (const mount of mounts) sourced.push({ mount, origin: await originOf(context, mount) });
  const inputs: unknown[] = [];
  for (const { mount, origin } of sourced) {
    if (mount.type === 'bind' && origin) inputs.push(await origin.contentKey([mount.source ?? '.']));
  }
  return { inputs, open: (tree) => openMounts(context, sourced, tree) };
}

async function originOf(context: StepContext, mount: BuildMount): Promise<Origin | undefined> {
  const { build, stage } = context;
  if (mount.type !== 'bind' && (mount.type !== 'cache' || mount.from === undefined)) return undefined;
  if (mount.from === undefined) return openOrigin(build, { kind: 'context' });
  return openOrigin(build, resolveFrom(build.dockerfile.stages, mount.from, stage));
}

/** All or nothing; `close` takes away what was made, the other way round. */
async function openMounts(
  context: StepContext,
  sourced: readonly Sourced[],
  tree: Tree,
): Promise<OpenMounts> {
  const undo = new Undo();
  const open: OpenMounts = { mounts: [], env: [], close: async () => void (await undo.run()) };
  try {
    for (const [index, { mount, origin }] of sourced.entries()) {
      await openMount(context, { mount, origin }, { tree, index, undo, open });
    }
    return open;
  } catch (error) {
    await undo.run();
    throw error;
  }
}

export interface Opening {
  tree: Tree;
  index: number;
  undo: Undo;
  open: OpenMounts;
}

async function openMount(context: StepContext, { mount, origin }: Sourced, opening: Opening): Promise<void> {
  switch (mount.type) {
    case 'bind':
      return openBind(context, mount, origin, opening);
    case 'cache':
      return openCache(context, mount, origin, opening);
    case 'tmpfs':
      opening.open.mounts.push({ kind: 'tmpfs', target: targetOf(context, mount), size: mount.size });
      return;
    case 'secret':
      return openSecret(context, mount, opening);
    case 'ssh':
      return openAgent(context, mount, opening);
  }
}

/** Writes into a mount that is not read-only go to a layer that is thrown away. */
async function openBind(
  context: StepContext,
  mount: BuildMount,
  origin: Origin | undefined,
  { tree, index, undo, open }: Opening,
): Promise<void> {
  if (!origin) return;
  const root = mount.readonly
    ? await origin.root()
    : await origin.scratch(join(tree.directory, `bind-${index}`), undo);
  const source = inside(root, mount.source ?? '.');
  open.mounts.push({ kind: 'bind', source, target: targetOf(context, mount), readonly: mount.readonly });
}

async function openCache(
  context: StepContext,
  mount: BuildMount,
  origin: Origin | undefined,
  { undo, open }: Opening,
): Promise<void> {
  const { build } = context;
  const target = targetOf(context, mount);
  const cache = await build.mounts.take(mount.id ?? target, mount);
  undo.push(cache.release);
  if (cache.fresh && origin) await fill(context, cache.directory, origin, mount);
  open.mounts.push({
    kind: 'bind',
    source: cache.directory,
    target,
    readonly: mount.readonly,
  } satisfies StepMount);
}

async function fill(
  { build }: StepContext,
  directory: string,
  origin: Origin,
  mount: BuildMount,
): Promise<void> {
  const found = await origin.find([mount.source ?? '.'], []);
  const root = await origin.root();
  const request: CopyRequest = {
    sources: found.map((each) => ({ root, found: each, unpack: false })),
    destination: { root: directory, path: '/', isDirectory: true },
    parentOwner: { uid: mount.uid ?? 0, gid: mount.gid ?? 0 },
    exclude: [],
    parents: false,
  };
  await build.files.copy(request, build.request.signal);
}

export function targetOf({ point }: StepContext, { target = '/' }: BuildMount): string {
  return posix.resolve(point.state.config.WorkingDir || '/', target);
}

/** The path on the host of something in a tree that nobody changes, all links resolved inside it. */
function inside(root: string, path: string): string {
  return withDirectory(root, (fd) => {
    try {
      return withTarget(fd, toBytes(path), (entry) => join(root, toText(pathBelow(fd, entry.fd))));
    } catch (error) {
      throw invalidArgument(`failed to compute cache key: "${path}": not found`, error);
    }
  });
}
