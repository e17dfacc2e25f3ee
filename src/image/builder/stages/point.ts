/** A stage between two steps: the image that it would be if it ended here. Pure. */
import { type Digest, sha256 } from '../../../core/digest.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { LayerReference } from '../../commit.ts';
import type { Image } from '../../image.ts';
import type { ImageConfig, Platform } from '../../oci.ts';
import type { History, StageState } from '../config/state.ts';

export interface Point {
  /** Digest of the image's config; a base image's own right after FROM. Undefined: nothing yet. */
  id?: Digest;
  state: StageState;
  platform: Platform;
  layers: LayerReference[];
  history: History;
  created?: string;
}

export interface StepResult {
  state: StageState;
  created: string;
  createdBy: string;
  /** Absent: the step changed no file. */
  layer?: LayerReference;
}

/** dockerd's limit: overlayfs takes more, but a page of mount options does not hold their names for any data-root. */
const LAYERS_MAX = 125;

export function afterStep(point: Point, { state, created, createdBy, layer }: StepResult): Point {
  const entry = {
    created,
    created_by: createdBy,
    ...(state.author !== undefined && { author: state.author }),
    ...(layer === undefined && { empty_layer: true }),
  };
  const layers = layer === undefined ? point.layers : [...point.layers, layer];
  if (layer && layers.length > LAYERS_MAX) throw invalidArgument('max depth exceeded');
  return identified({ ...point, state, created, layers, history: [...point.history, entry] });
}

/** What registries take of a document, and what the store reads of one. */
const DOCUMENT_MAX = 4 * 1024 * 1024;

/** With the id that its image has when it is stored. */
export function identified(point: Point): Point {
  const document = JSON.stringify({ ...documentOf(point), rootfs: rootfsOf(point) });
  if (document.length > DOCUMENT_MAX)
    throw invalidArgument("the image's config and history are larger than 4 MiB");
  return { ...point, id: sha256(document) };
}

/** The config as it is stored, but for the layers, which the image layer fills in. */
export function documentOf(point: Point): Omit<ImageConfig, 'rootfs'> {
  const { platform, state, created, history } = point;
  const { architecture, os, variant } = platform;
  return {
    created,
    ...(state.author !== undefined && { author: state.author }),
    architecture,
    os,
    ...(variant !== undefined && { variant }),
    config: state.config,
    history,
  };
}

/** In the shape in which the image layer takes a base for a root filesystem; it need not be stored. */
export function asImage(point: Point): Image | undefined {
  if (point.id === undefined || point.layers.length === 0) return undefined;
  const manifest = { mediaType: '', digest: point.id, size: 0 };
  return {
    id: point.id,
    manifest,
    target: manifest,
    beside: [],
    config: { ...documentOf(point), rootfs: rootfsOf(point) },
    layers: point.layers.map(({ descriptor }) => descriptor),
    tags: [],
    repoDigests: [],
    size: 0,
  };
}

export function diffIdsOf({ layers }: Point): Digest[] {
  return layers.map(({ diffId }) => diffId);
}

function rootfsOf(point: Point): ImageConfig['rootfs'] {
  return { type: 'layers', diff_ids: diffIdsOf(point) };
}
