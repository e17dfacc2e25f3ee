/** Media types of the OCI image spec and of Docker's image manifest v2, schema 2; they mean the same things. */
import { invalidArgument } from '../core/errors.ts';
import type { LayerCompression } from './compression.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const CONFIG = 'application/vnd.oci.image.config.v1+json';
export const LAYER = 'application/vnd.oci.image.layer.v1.tar';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';
const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar';

export const isManifest = (type: string) => type === MANIFEST || type === DOCKER_MANIFEST;
export const isIndex = (type: string) => type === INDEX || type === DOCKER_INDEX;
export const isConfig = (type: string) => type === CONFIG || type === DOCKER_CONFIG;

const LAYERS: Record<string, LayerCompression> = {
  [LAYER]: 'none',
  [`${LAYER}+gzip`]: 'gzip',
  [`${LAYER}+zstd`]: 'zstd',
  'application/vnd.oci.image.layer.nondistributable.v1.tar': 'none',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip': 'gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd': 'zstd',
  [DOCKER_LAYER]: 'none',
  [`${DOCKER_LAYER}.gzip`]: 'gzip',
  [`${DOCKER_LAYER}.zstd`]: 'zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip': 'gzip',
};

/** How a layer of this type is compressed; throws naming the type if it is no layer that can be unpacked. */
export function layerCompression(type: string): LayerCompression {
  const compression = LAYERS[type];
  if (compression === undefined) throw invalidArgument(`unsupported media type of a layer: ${type}`);
  return compression;
}

export function layerType(compression: LayerCompression): string {
  return compression === 'none' ? LAYER : `${LAYER}+${compression}`;
}
