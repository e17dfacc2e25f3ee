/** `docker image inspect`. */
import type { ImageConfig, ImageInspectResponse } from '../../api/image.ts';
import { NEVER } from '../../core/time.ts';
import type { Image } from '../../image/image.ts';
import type { Descriptor } from '../../image/oci.ts';
import type { Engine } from '../engine.ts';
import { manifestSummaries } from './manifests.ts';

export interface InspectRequest {
  /** What the image was asked for by: its index, or the manifest of one platform. */
  target: Descriptor;
  /** With what the index lists. */
  manifests: boolean;
}

export function inspectImage(
  engine: Engine,
  image: Image,
  { target, manifests }: InspectRequest,
): ImageInspectResponse {
  const { config } = image;
  const { images } = engine;
  return {
    Id: image.id,
    RepoTags: image.tags,
    RepoDigests: image.repoDigests,
    Parent: image.parent || undefined,
    Comment: config.history?.at(-1)?.comment || undefined,
    Created: config.created || undefined,
    Author: config.author || undefined,
    Config: runConfig(image),
    Architecture: config.architecture,
    Variant: config.variant || undefined,
    Os: config.os,
    Size: image.size,
    GraphDriver: { Name: 'overlay2', Data: directories(images.layerDirectories(image)) },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.lastTagged ?? NEVER },
    Descriptor: target,
    ...(manifests && { Manifests: manifestSummaries(engine, image) }),
  };
}

/** What is set of it: OCI leaves out the rest, and so does the API since 1.52. */
function runConfig({ config: { config = {} } }: Image): ImageConfig {
  const fields: ImageConfig = config;
  return Object.fromEntries(
    OF_AN_IMAGE.filter((name) => !isEmpty(fields[name])).map((name) => [name, fields[name]]),
  );
}

/** Older builders wrote into the image what a container is made with as well. */
const OF_AN_IMAGE = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Volumes',
  'WorkingDir',
  'Labels',
  'StopSignal',
  'ArgsEscaped',
  'Healthcheck',
  'OnBuild',
  'Shell',
] as const;

function isEmpty(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Top layer first, as overlay2 shows them. */
function directories([top, ...below]: string[]): Record<string, string> | null {
  if (top === undefined) return null;
  return { UpperDir: top, ...(below.length > 0 && { LowerDir: below.join(':') }) };
}
