/** One build, from context to image: what its stages and steps share, and the order of things. */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { EngineError } from '../../core/errors.ts';
import { newId, shortId } from '../../core/ids.ts';
import { KeyedLock } from '../../core/keyed-lock.ts';
import { step } from '../../core/step.ts';
import type { Image } from '../image.ts';
import type { Unpacker } from '../layer/unpack.ts';
import { hostPlatform } from '../platform.ts';
import type { CacheMounts } from './cache/mounts.ts';
import type { CacheStore } from './cache/store.ts';
import { type BuildContext, openContext } from './context/context.ts';
import type { Dockerfile } from './dockerfile/instruction.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import { epochOf } from './epoch.ts';
import type { BuildFiles } from './files/files.ts';
import type { Found } from './files/find.ts';
import { type Finished, finishBuild } from './finish.ts';
import { stageOutputs } from './output.ts';
import type { BuildImages, BuildRequest, BuildResult } from './request.ts';
import { type ArgScope, unusedArgs } from './stages/args.ts';
import { openBases } from './stages/base.ts';
import { withLabels } from './stages/labels.ts';
import { type Plan, planStages, type Source } from './stages/plan.ts';
import { platformArgs } from './stages/platform.ts';
import type { Point } from './stages/point.ts';
import { runStages } from './stages/run-stages.ts';
import { openViews } from './views.ts';
import { collectWarnings } from './warnings.ts';

/** What all builds of an engine share. */
export interface BuildServices {
  images: BuildImages;
  cache: CacheStore;
  mounts: CacheMounts;
  files: BuildFiles;
  unpacker: Unpacker;
  /** Below the data-root, on one file system with the layers. */
  treesDirectory: string;
  scratchParent: string;
  /** On tmpfs. */
  secretsDirectory: string;
  /** What was found in an image's files, by image and question. */
  remembered: (question: string, answer: () => Promise<Found[]>) => Promise<Found[]>;
}

/** What the steps of one build share. */
export interface Build extends BuildServices {
  request: BuildRequest;
  context: BuildContext;
  dockerfile: Dockerfile;
  plan: Plan;
  escapeChar: string;
  /** Nanoseconds: SOURCE_DATE_EPOCH, which stands for every time. */
  epoch: bigint | undefined;
  epochText: string | null;
  /** Those of `--cache-from` that are here. */
  cacheImages: Image[];
  /** Goes with the build. */
  scratchDirectory: string;
  /** By cache key. */
  equalSteps: KeyedLock;
  /** Keys of the steps that this build has carried out itself: they stand for it, whatever the cache may be asked. */
  carriedOut: Set<Digest>;
  /** Called when the image stands on its layers, or never will. */
  releases: (() => void)[];
  now: () => string;
  stage: (index: number) => Promise<Point>;
  base: (source: Exclude<Source, { kind: 'stage' }>) => Promise<Point>;
  /** Directory with the files of a stage or an image, for reading. */
  view: (point: Point) => Promise<string>;
}

/** Throws what stopped it; then nothing of it is left but what the cache remembers. */
export function runBuild(services: BuildServices, request: BuildRequest): Promise<BuildResult> {
  return step('image.build', { target: request.target }, async () => {
    const context = await openContext(request, services.scratchParent, services);
    const scratchDirectory = join(services.scratchParent, newId());
    mkdirSync(scratchDirectory, { mode: 0o700 });
    try {
      const dockerfile = parseDockerfile(context.dockerfile.text, context.dockerfile.name);
      return await buildDockerfile(services, request, { context, dockerfile, scratchDirectory });
    } finally {
      await rm(scratchDirectory, { recursive: true, force: true });
      await context.close();
    }
  });
}

type Opened = Pick<Build, 'context' | 'dockerfile' | 'scratchDirectory'>;

async function buildDockerfile(
  services: BuildServices,
  request: BuildRequest,
  opened: Opened,
): Promise<BuildResult> {
  const planned = planStages(opened.dockerfile, argScope(request, opened.dockerfile), request.target);
  const plan = withLabels(planned, request.labels);
  const warnings = collectWarnings(opened.dockerfile, plan, request.buildArgs);
  for (const warning of warnings) request.emit({ stream: `${warning}\n` });
  const views = openViews(services.images, services.treesDirectory);
  const build = assemble(services, request, { ...opened, plan, view: views.open });
  try {
    const point = await runStages(build, stageOutputs(plan.stages.length + 1, request.emit));
    announceUnused(build);
    const result = await finishBuild(build, point);
    announce(request, result);
    return { ...result, warnings };
  } finally {
    for (const release of build.releases) release();
    await views.close();
  }
}

function argScope({ buildArgs, platform, target }: BuildRequest, { stages }: Dockerfile): ArgScope {
  const host = hostPlatform();
  const stage = target || stages.at(-1)?.name || 'default';
  const global = new Map([...platformArgs(host, platform ?? host), ['TARGETSTAGE', stage] as const]);
  return { given: buildArgs, global, declared: new Map() };
}

function assemble(
  services: BuildServices,
  request: BuildRequest,
  parts: Opened & Pick<Build, 'plan' | 'view'>,
): Build {
  const epoch = epochOf(request.buildArgs.get('SOURCE_DATE_EPOCH'));
  const bases = openBases(services.images, request);
  return {
    ...services,
    ...parts,
    request,
    escapeChar: parts.dockerfile.directives.escapeChar,
    epoch,
    epochText: epoch === undefined ? null : String(epoch),
    cacheImages: request.cacheFrom.flatMap((name) => services.images.find(name) ?? []),
    equalSteps: new KeyedLock(),
    carriedOut: new Set(),
    releases: [],
    now: () => (epoch === undefined ? new Date() : new Date(Number(epoch / 1_000_000n))).toISOString(),
    base: bases,
    // Set by runStages, which knows how a stage is built.
    stage: () => Promise.reject(new EngineError('internal', 'the stages have not begun')),
  };
}

function announceUnused({ request, dockerfile }: Build): void {
  const instructions = [...dockerfile.globalArgs, ...dockerfile.stages.flatMap(({ steps }) => steps)];
  const declared = instructions.flatMap((step) =>
    step.kind === 'ARG' ? step.args.map(({ name }) => name) : [],
  );
  const unused = unusedArgs(request.buildArgs.keys(), new Set(declared));
  if (unused.length === 0) return;
  request.emit({ stream: `[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n` });
}

function announce({ emit, names }: BuildRequest, { id, image }: Finished): void {
  if (id) emit({ stream: `Successfully built ${shortId(id)}\n` });
  if (image) for (const name of names) emit({ stream: `Successfully tagged ${name}\n` });
}
