/** `docker image inspect`. */
import type { ImageConfig, ImageInspectResponse } from '../../api/image.ts';
import { olderThan } from '../../api/version.ts';
import { NEVER } from '../../core/time.ts';
import type { Image } from '../../image/image.ts';
import type { Descriptor } from '../../image/oci.ts';
import { EMPTY_CONFIG } from '../container/shown-config.ts';
import type { Engine } from '../engine.ts';
import { manifestSummaries } from './manifests.ts';

export interface InspectRequest {
  /** What the image was asked for by: its index, or the manifest of one platform. */
  target: Descriptor;
  /** With what the index lists. */
  manifests: boolean;
  apiVersion: string;
}

export function inspectImage(
  engine: Engine,
  image: Image,
  { target, manifests, apiVersion }: InspectRequest,
): ImageInspectResponse {
  const { config } = image;
  const { images } = engine;
  return {
    Id: image.id,
    RepoTags: image.tags,
    RepoDigests: image.repoDigests,
    Parent: image.parent ?? '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? NEVER,
    DockerVersion: '',
    Author: config.author ?? '',
    Config: { ...(olderThan(apiVersion, '1.50') && EMPTY_CONFIG), ...runConfig(image) },
    Architecture: config.architecture,
    Variant: config.variant || undefined,
    Os: config.os,
    Size: image.size,
    ...(olderThan(apiVersion, '1.44') && { VirtualSize: image.size }),
    ...(olderThan(apiVersion, '1.45') && { Container: '', ContainerConfig: runConfig(image) }),
    GraphDriver: { Name: 'overlay2', Data: directories(images.layerDirectories(image)) },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.lastTagged ?? NEVER },
    ...(!olderThan(apiVersion, '1.48') && {
      Descriptor: target,
      ...(manifests && { Manifests: manifestSummaries(engine, image) }),
    }),
  };
}

/** Go prints every field of the struct; clients index into them without asking. */
function runConfig({ config: { config = {} } }: Image): ImageConfig {
  return {
    ...config,
    User: config.User ?? '',
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? null,
  };
}

/** Top layer first, as overlay2 shows them. */
function directories([top, ...below]: string[]): Record<string, string> | null {
  if (top === undefined) return null;
  return { UpperDir: top, ...(below.length > 0 && { LowerDir: below.join(':') }) };
}
