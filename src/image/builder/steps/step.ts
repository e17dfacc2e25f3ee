/** One step of a stage: look for an equal one that was carried out before, else carry it out, and remember it. */
import { newId, shortId } from '../../../core/ids.ts';
import { step } from '../../../core/step.ts';
import type { LayerReference } from '../../commit.ts';
import type { Image } from '../../image.ts';
import type { Build } from '../build.ts';
import { borrowStep, leadTo } from '../cache/from-images.ts';
import { type CacheRecord, cacheKey } from '../cache/record.ts';
import type { StageState } from '../config/state.ts';
import type { StepInstruction } from '../dockerfile/instruction.ts';
import type { StageOutput } from '../output.ts';
import { afterStep, asImage, diffIdsOf, type Point } from '../stages/point.ts';
import { openTree, type Tree } from '../tree.ts';

/** What the preparation of an instruction finds out. */
export interface Prepared {
  /** The stage's state behind the step. */
  state: StageState;
  /** The step's words in the history. */
  createdBy: string;
  /** What the result depends on besides those words and the image before. */
  inputs: unknown[];
  /** The words alone do not say what the step does: another image's history is no proof. */
  hidden?: boolean;
  /** `--link`: the files are a layer by themselves, whatever lies below; so the image before is no part of the key. */
  linked?: boolean;
  /** Docker carries it out in a container, and clients look for the lines that say so; here none is made. */
  contained?: boolean;
  /** Writes the step's files into the tree. Absent: it changes nothing but the config. */
  execute?: (tree: Tree) => Promise<void>;
}

export interface StepContext {
  build: Build;
  /** Index of the stage. */
  stage: number;
  point: Point;
  output: StageOutput;
}

export interface Taken {
  point: Point;
  cached: boolean;
}

export function takeStep(
  context: StepContext,
  instruction: StepInstruction,
  prepared: Prepared,
): Promise<Taken> {
  return step('image.build.step', { instruction: instruction.code }, async () => {
    const { build, point } = context;
    const parent = prepared.linked ? undefined : point.id;
    const key = cacheKey(parent, prepared.createdBy, [...prepared.inputs, build.epochText]);
    // Stages side by side may have equal steps: one carries it out, the other takes what came of it.
    return build.equalSteps.run(key, () => takeKeyed(context, instruction, prepared, { key, parent }));
  });
}

interface Keyed {
  key: CacheRecord['key'];
  parent: CacheRecord['parent'];
}

async function takeKeyed(
  context: StepContext,
  instruction: StepInstruction,
  prepared: Prepared,
  { key, parent }: Keyed,
): Promise<Taken> {
  const { build, point, output } = context;
  const known = findCached(context, prepared, key);
  if (known) {
    output.send({ stream: ' ---> Using cache\n' });
    if (prepared.linked && known.layer) await putOnTop(context, known.layer);
    return { point: afterStep(point, { ...known, ...prepared }), cached: true };
  }
  const base = prepared.linked ? undefined : asImage(point);
  const container = prepared.contained ? shortId(newId()) : undefined;
  if (container) output.send({ stream: ` ---> Running in ${container}\n` });
  const layer = prepared.execute && (await carryOut(context, base, prepared.execute));
  if (container) output.send({ stream: `Removing intermediate container ${container}\n` });
  const created = build.now();
  const next = afterStep(point, { ...prepared, created, layer });
  remember(
    context,
    next,
    { key, parent, created, createdBy: prepared.createdBy, description: instruction.code },
    layer,
  );
  build.carriedOut.add(key);
  return { point: next, cached: false };
}

function isUncached({ request, dockerfile }: Build, stage: number): boolean {
  const name = dockerfile.stages[stage]?.name ?? '';
  return (
    request.noCache || request.noCacheFilter.some((filter) => name !== '' && filter.toLowerCase() === name)
  );
}

function findCached(
  { build, stage, point }: StepContext,
  prepared: Prepared,
  key: CacheRecord['key'],
): { created: string; layer?: LayerReference } | undefined {
  if (isUncached(build, stage) && !build.carriedOut.has(key)) return undefined;
  const { images, request } = build;
  const record = build.cache.find(key);
  const own = record && { created: record.created, layer: layerOf(record) };
  const isAllowed = (known: { created: string; layer?: LayerReference }) =>
    request.cacheFrom.length === 0 ||
    build.carriedOut.has(key) ||
    leadTo(build.cacheImages, images.layersOf, afterStep(point, { ...prepared, ...known }));
  if (own && isAllowed(own)) return own;
  if (prepared.hidden || build.cacheImages.length === 0) return undefined;
  return borrowStep(build.cacheImages, build.images.layersOf, point, prepared.createdBy);
}

function layerOf({ layer }: CacheRecord): LayerReference | undefined {
  const diffId = layer?.diffIds.at(-1);
  return layer && diffId && { diffId, descriptor: layer.descriptor };
}

/** The layer may have been made on top of others. */
async function putOnTop({ build, point }: StepContext, layer: LayerReference): Promise<void> {
  build.releases.push(await build.images.placeLayer(diffIdsOf(point), layer));
}

interface StoredReference extends LayerReference {
  size: number;
}

async function carryOut(
  { build, point }: StepContext,
  base: Image | undefined,
  execute: (tree: Tree) => Promise<void>,
): Promise<StoredReference | undefined> {
  const tree = await openTree(build.images, build.treesDirectory, base);
  try {
    await execute(tree);
    tree.unmount();
    if (tree.isUntouched()) return undefined;
    const { directory } = tree;
    const below = diffIdsOf(point);
    const stored = await build.images.addLayer({ directory, below, take: true, maxTime: build.epoch });
    build.releases.push(stored.release);
    return { diffId: stored.diffId, descriptor: stored.descriptor, size: stored.size };
  } finally {
    await tree.close();
  }
}

function remember(
  { build }: StepContext,
  next: Point,
  facts: Pick<CacheRecord, 'key' | 'parent' | 'created' | 'createdBy' | 'description'>,
  layer: StoredReference | undefined,
): void {
  if (!next.id) return;
  build.cache.put({
    version: 1,
    ...facts,
    image: next.id,
    layer: layer && { diffIds: diffIdsOf(next), descriptor: layer.descriptor, size: layer.size },
    used: new Date().toISOString(),
    uses: 0,
  });
}
