/** One step of a stage: look for an equal one that was carried out before, else carry it out, and remember it. */
import { step } from '../../../core/step.ts';
import type { Build } from '../build.ts';
import { borrowStep } from '../cache/from-images.ts';
import { type CacheRecord, cacheKey } from '../cache/record.ts';
import type { StageState } from '../config/state.ts';
import type { StepInstruction } from '../dockerfile/instruction.ts';
import type { StageOutput } from '../output.ts';
import { afterStep, asImage, diffIdsOf, type LayerReference, type Point } from '../stages/point.ts';
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
    const { build, point, output } = context;
    const key = cacheKey(point.id, prepared.createdBy, [...prepared.inputs, build.epochText]);
    const known = await findCached(context, prepared, key);
    if (known) {
      output.send({ stream: ' ---> Using cache\n' });
      return { point: afterStep(point, { ...known, ...prepared }), cached: true };
    }
    const layer = prepared.execute && (await carryOut(context, prepared.execute));
    const created = build.now();
    const next = afterStep(point, { ...prepared, created, layer });
    remember(
      context,
      next,
      { key, created, createdBy: prepared.createdBy, description: instruction.code },
      layer,
    );
    return { point: next, cached: false };
  });
}

async function findCached(
  { build, point }: StepContext,
  prepared: Prepared,
  key: CacheRecord['key'],
): Promise<{ created: string; layer?: LayerReference } | undefined> {
  if (build.request.noCache) return undefined;
  const record = build.cache.find(key);
  if (record) return { created: record.created, layer: layerOf(record) };
  if (prepared.hidden || build.cacheImages.length === 0) return undefined;
  return borrowStep(build.cacheImages, build.images.layersOf, point, prepared.createdBy);
}

function layerOf({ layer }: CacheRecord): LayerReference | undefined {
  const diffId = layer?.diffIds.at(-1);
  return layer && diffId && { diffId, descriptor: layer.descriptor };
}

interface StoredReference extends LayerReference {
  size: number;
}

async function carryOut(
  { build, point }: StepContext,
  execute: (tree: Tree) => Promise<void>,
): Promise<StoredReference | undefined> {
  const tree = await openTree(build.images, build.treesDirectory, asImage(point));
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
  { build, point }: StepContext,
  next: Point,
  facts: Pick<CacheRecord, 'key' | 'created' | 'createdBy' | 'description'>,
  layer: StoredReference | undefined,
): void {
  if (!next.id) return;
  build.cache.put({
    version: 1,
    ...facts,
    parent: point.id,
    image: next.id,
    layer: layer && { diffIds: diffIdsOf(next), descriptor: layer.descriptor, size: layer.size },
    used: new Date().toISOString(),
    uses: 0,
  });
}
