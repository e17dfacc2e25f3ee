/** The end of a build: squashed if that is asked for, stored and named, or handed to the client. */

import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { invalidArgument } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { step } from '../../core/step.ts';
import type { LayerReference } from '../commit.ts';
import type { Image } from '../image.ts';
import { archiveToStream } from '../layer/archive.ts';
import type { Build } from './build.ts';
import type { BuildOutput, BuildResult } from './request.ts';
import type { Source } from './stages/plan.ts';
import { asImage, diffIdsOf, documentOf, identified, type Point } from './stages/point.ts';

export type Finished = Pick<BuildResult, 'id' | 'image'>;

/** What was stored is durable when it resolves. */
export function finishBuild(build: Build, built: Point): Promise<Finished> {
  return step('image.build.finish', {}, async () => {
    const { outputs, squash: isSquashed } = build.request;
    if (built.id === undefined) throw invalidArgument('No image was generated. Is your Dockerfile empty?');
    const point = isSquashed ? await squash(build, built) : built;
    for (const output of outputs) if (output.kind !== 'image') await sendOutput(build, point, output);
    const isStored = outputs.length === 0 || outputs.some(({ kind }) => kind === 'image');
    const id = outputs.every(({ kind }) => kind === 'files') && !isStored ? undefined : point.id;
    return { id, image: isStored ? await store(build, point) : undefined };
  });
}

/** Nothing of it stays here. */
async function sendOutput(
  { request, images, view, epoch }: Build,
  point: Point,
  { kind, index }: Exclude<BuildOutput, { kind: 'image' }>,
): Promise<void> {
  const { session, names, signal } = request;
  if (!session) throw invalidArgument('this output needs a build session');
  await session.output(index, async (out) => {
    if (kind === 'image-archive') {
      return images.saveNew({ config: documentOf(point), layers: point.layers, names }, out, signal);
    }
    const directory = await view(point);
    await pipeline(archiveToStream({ directory, whiteouts: false, maxTime: epoch }), out, { signal });
  });
}

/** A build that adds nothing to its base names that. */
async function store(build: Build, point: Point): Promise<Image> {
  const { images, request } = build;
  const { id: parent } = await baseOf(build);
  const known = point.id && images.find(point.id);
  if (!known)
    return images.create({ config: documentOf(point), layers: point.layers, names: request.names, parent });
  for (const name of request.names) images.tag(known, name);
  return images.find(known.id) ?? known;
}

/** All layers above the base become one; the history keeps its words, and says so at the end. */
async function squash(build: Build, point: Point): Promise<Point> {
  const base = await baseOf(build);
  const added = point.layers.slice(base.layers.length);
  const entries = point.history.map((entry, at) =>
    at < base.history.length ? entry : { ...entry, empty_layer: true },
  );
  const layer = added.length === 0 ? undefined : await mergeLayers(build, point, base);
  const comment = base.id === undefined ? `create new from ${point.id}` : `merge ${point.id} to ${base.id}`;
  const created = build.now();
  const history = [...entries, { created, comment, ...(layer === undefined && { empty_layer: true }) }];
  const layers = layer ? [...base.layers, layer] : base.layers;
  const merged = identified({ ...point, history, created, layers });
  build.request.emit({ aux: { ID: merged.id } });
  return merged;
}

/** What everything began with: the image below all stages that lead to the target. */
function baseOf({ plan, base }: Build): Promise<Point> {
  let source: Source = plan.stages.at(-1)?.base ?? { kind: 'scratch' };
  while (source.kind === 'stage') {
    const { index } = source;
    source = plan.stages.find(({ stage }) => stage.index === index)?.base ?? { kind: 'scratch' };
  }
  return base(source);
}

async function mergeLayers(build: Build, point: Point, base: Point): Promise<LayerReference> {
  const { images, files, treesDirectory, epoch } = build;
  const directory = join(treesDirectory, newId());
  const upper = join(directory, 'upper');
  mkdirSync(upper, { recursive: true, mode: 0o755 });
  const image = asImage(point);
  const topFirst = image ? images.layerDirectories(image) : [];
  const layers = topFirst.slice(0, point.layers.length - base.layers.length).reverse();
  try {
    await files.merge({ layers, upper }, build.request.signal);
    const stored = await images.addLayer({ directory, below: diffIdsOf(base), take: true, maxTime: epoch });
    build.releases.push(stored.release);
    return { diffId: stored.diffId, descriptor: stored.descriptor };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
