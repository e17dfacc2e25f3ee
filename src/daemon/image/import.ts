/** `docker import`. */
import type { Readable } from 'node:stream';
import type { Platform } from '../../image/oci.ts';
import type { ProgressListener } from '../../image/progress.ts';
import type { Engine } from '../engine.ts';
import { applyChanges } from './changes.ts';
import { publishImage } from './events.ts';

export interface ImportRequest {
  archive: Readable;
  /** `-`, or where it was fetched from. */
  source: string;
  /** Familiar name, or '' for none. */
  name: string;
  message: string;
  changes: string[];
  platform?: Platform;
  progress: ProgressListener;
  signal: AbortSignal;
}

export async function importImage(engine: Engine, request: ImportRequest): Promise<void> {
  const { archive, source, name, message, changes, platform, progress, signal } = request;
  const image = await engine.images.import(archive, {
    names: name === '' ? [] : [name],
    message: message || `Imported from ${source}`,
    config: applyChanges({}, changes),
    platform,
    spend: true,
    signal,
  });
  publishImage(engine, 'import', image);
  progress({ status: image.id });
}
