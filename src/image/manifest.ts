/** Manifests, indexes and configs as they come from outside: parsed, checked, and the platform chosen. */
import { isDigest } from '../core/digest.ts';
import { invalidArgument, notFound } from '../core/errors.ts';
import { checkConfig } from './config-schema.ts';
import { isConfig, isIndex, isManifest, layerCompression } from './media-types.ts';
import type { Descriptor, ImageConfig, Platform } from './oci.ts';
import { platformText } from './platform.ts';

/** OCI image spec, "Image Manifest". */
export interface Manifest {
  schemaVersion: 2;
  mediaType?: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
}

export type Document = { kind: 'manifest'; manifest: Manifest } | { kind: 'index'; manifests: Descriptor[] };

/** Layers a mount can hold, and some more for what is only pulled. */
const LAYERS_MAX = 512;
/** Platforms, and what is attached to them. */
const MANIFESTS_MAX = 10_000;

/** `mediaType`: as the place it came from says. Throws `invalid-argument` naming what is wrong. */
export function parseDocument(data: Buffer, mediaType?: string): Document {
  const document = parseObject(data, 'manifest');
  const type = String(document.mediaType || mediaType || guessType(document));
  if (isIndex(type)) {
    return { kind: 'index', manifests: descriptors(document.manifests, 'manifests', MANIFESTS_MAX) };
  }
  if (!isManifest(type)) throw invalidArgument(`unsupported media type of a manifest: ${type}`);
  const config = descriptor(document.config, 'config');
  const layers = descriptors(document.layers, 'layers', LAYERS_MAX);
  if (!isConfig(config.mediaType)) {
    throw invalidArgument(`unsupported media type of an image config: ${config.mediaType}`);
  }
  for (const layer of layers) layerCompression(layer.mediaType);
  return { kind: 'manifest', manifest: { schemaVersion: 2, mediaType: type, config, layers } };
}

/** What a manifest names, whatever it is a manifest of. Throws `invalid-argument`. */
export function blobsIn(data: Buffer): Descriptor[] {
  const { config, layers } = parseObject(data, 'manifest');
  return [descriptor(config, 'config'), ...descriptors(layers, 'layers', LAYERS_MAX)];
}

/** Throws `invalid-argument` unless it is a config whose layers match the manifest's in number. */
export function parseConfig(data: Buffer, layers?: number): ImageConfig {
  checkConfig(parseObject(data, 'image config'));
  const config = storedConfig(data);
  const { length } = config.rootfs.diff_ids;
  if (layers !== undefined && length !== layers) {
    throw invalidArgument(`invalid manifest, layers length mismatch: expected ${length}, got ${layers}`);
  }
  return config;
}

/** A config that was checked when it came: what may be absent is made up for. */
export function storedConfig(data: Buffer): ImageConfig {
  const given = parseObject(data, 'image config') as Partial<ImageConfig>;
  const diffIds: unknown[] = given.rootfs?.diff_ids ?? [];
  if (!diffIds.every((id) => typeof id === 'string' && isDigest(id))) {
    throw invalidArgument('invalid image config: rootfs.diff_ids');
  }
  return {
    ...given,
    architecture: given.architecture ?? '',
    os: given.os ?? 'linux',
    config: given.config ?? undefined,
    history: given.history ?? undefined,
    rootfs: { type: 'layers', diff_ids: diffIds },
  };
}

/** The manifest for a platform; with a variant wanted, one without a variant will do. */
export function choosePlatform(manifests: Descriptor[], wanted: Platform, name: string): Descriptor {
  const fitting = manifests.filter(
    ({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture,
  );
  const exact = fitting.find(({ platform }) => platform?.variant === wanted.variant);
  const chosen = exact ?? fitting.find(({ platform }) => !platform?.variant || !wanted.variant);
  // Indexes of one manifest without a platform are what simple tools write.
  const only = manifests.length === 1 && manifests[0]?.platform === undefined ? manifests[0] : undefined;
  const found = chosen ?? only;
  if (!found)
    throw notFound(
      `no matching manifest for ${platformText(wanted)} in the manifest list entries of ${name}`,
    );
  return found;
}

function parseObject(data: Buffer, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch (error) {
    throw invalidArgument(`invalid ${what}: not JSON`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(`invalid ${what}: not an object`);
  }
  return value as Record<string, unknown>;
}

function guessType(document: Record<string, unknown>): string {
  if (document.schemaVersion === 1) return 'application/vnd.docker.distribution.manifest.v1+json';
  const oci = 'application/vnd.oci.image';
  return Array.isArray(document.manifests) ? `${oci}.index.v1+json` : `${oci}.manifest.v1+json`;
}

function descriptors(value: unknown, what: string, max: number): Descriptor[] {
  if (!Array.isArray(value) || value.length > max) throw invalidArgument(`invalid manifest: ${what}`);
  return value.map((item) => descriptor(item, what));
}

function descriptor(value: unknown, what: string): Descriptor {
  const { mediaType, digest, size } = (value ?? {}) as Partial<Record<keyof Descriptor, unknown>>;
  const sound =
    typeof mediaType === 'string' &&
    typeof digest === 'string' &&
    isDigest(digest) &&
    Number.isSafeInteger(size) &&
    Number(size) >= 0;
  if (!sound) throw invalidArgument(`invalid manifest: ${what}`);
  return value as Descriptor;
}
