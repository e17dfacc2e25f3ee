/** `docker load`. */
import type { Readable } from 'node:stream';
import type { Platform } from '../../image/oci.ts';
import type { ProgressListener } from '../../image/progress.ts';
import type { Engine } from '../engine.ts';
import { publishImage } from './events.ts';

export interface LoadRequest {
  archive: Readable;
  /** Without any: all that are there. */
  platforms: readonly Platform[];
  progress: ProgressListener;
  signal: AbortSignal;
}

export async function loadImage(engine: Engine, { archive, ...options }: LoadRequest): Promise<void> {
  for (const { image } of await engine.images.load(archive, { ...options, spend: true }))
    publishImage(engine, 'load', image);
}
