/** Base images: those that are here, or else pulled; each once in a build. */
import { invalidArgument } from '../../../core/errors.ts';
import type { Image } from '../../image.ts';
import type { Platform } from '../../oci.ts';
import { hostPlatform, parsePlatform, platformText } from '../../platform.ts';
import { enterStage } from '../config/state.ts';
import type { BuildImages, BuildRequest } from '../request.ts';
import type { ArgScope } from './args.ts';
import type { Source } from './plan.ts';
import type { Point } from './point.ts';

type Base = Exclude<Source, { kind: 'stage' }>;

/** The returned function gives the point at which a stage on that base begins, as it is stored. */
export function openBases(images: BuildImages, request: BuildRequest): (source: Base) => Promise<Point> {
  const pulled = new Map<string, Promise<Image>>();
  return async (source) => {
    if (source.kind === 'scratch') return scratch(request.platform ?? hostPlatform());
    const platform = source.platform === undefined ? request.platform : parsePlatform(source.platform);
    const local = request.pull ? undefined : images.find(source.reference);
    const variant = local && (platform ? variantFor(images, local, platform) : local);
    if (variant) return pointOf(images, variant);
    const key = `${source.reference} ${platform ? platformText(platform) : ''}`;
    const image = pulled.get(key) ?? pull(request, source.reference, platform);
    pulled.set(key, image);
    return pointOf(images, await image);
  };
}

const NO_ARGS: ArgScope = { given: new Map(), global: new Map(), declared: new Map() };

function scratch(platform: Platform): Point {
  return { state: enterStage({}, NO_ARGS), platform, layers: [], history: [] };
}

function pointOf(images: BuildImages, image: Image): Point {
  const { config: document, id } = image;
  const { architecture, os, variant, history = [], created } = document;
  return {
    id,
    // The triggers are still in it: the stage takes them out when it begins.
    state: {
      config: document.config ?? {},
      args: NO_ARGS,
      author: document.author || undefined,
      commandSet: false,
    },
    platform: { architecture, os, variant },
    layers: images.layersOf(image),
    history,
    created,
  };
}

function variantFor(images: BuildImages, image: Image, platform: Platform): Image | undefined {
  return images.variants(image).find((one) => isFor(one, platform));
}

function isFor({ config }: Image, platform: Platform): boolean {
  const sameVariant = !platform.variant || !config.variant || platform.variant === config.variant;
  return config.os === platform.os && config.architecture === platform.architecture && sameVariant;
}

async function pull(request: BuildRequest, reference: string, platform?: Platform): Promise<Image> {
  const { signal } = request;
  const image = await request.pullImage(reference, {
    platform,
    signal,
    progress: ({ status, id, progressDetail }) => request.emit({ status, id, progressDetail }),
  });
  if (platform && !isFor(image, platform)) {
    throw invalidArgument(`image ${reference} is not for platform ${platformText(platform)}`);
  }
  return image;
}
