/**
 * The build cache: one small file for each step that was carried out, read when the builder opens. The layers that
 * the records speak of are held against garbage collection; a record whose layer is gone is forgotten.
 *
 *   <root>/cache/<hex of the key>.json    CacheRecord
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, hexOf } from '../../../core/digest.ts';
import { readJson, writeJson } from '../../../core/json-file.ts';
import type { BuildImages } from '../request.ts';
import type { CacheRecord } from './record.ts';

interface Kept {
  record: CacheRecord;
  release: () => void;
}

export class CacheStore {
  readonly #directory: string;
  readonly #images: Pick<BuildImages, 'hold'>;
  readonly #records = new Map<Digest, Kept>();

  constructor(root: string, images: Pick<BuildImages, 'hold'>) {
    this.#directory = join(root, 'cache');
    this.#images = images;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#directory)) this.#read(name);
  }

  /** Counts as a use. */
  find(key: Digest): CacheRecord | undefined {
    const kept = this.#records.get(key);
    if (!kept) return undefined;
    kept.record = { ...kept.record, used: new Date().toISOString(), uses: kept.record.uses + 1 };
    this.#write(kept.record);
    return kept.record;
  }

  list(): CacheRecord[] {
    return [...this.#records.values()].map(({ record }) => record);
  }

  /** Replaces what was remembered for the key. The layer must be stored. */
  put(record: CacheRecord): void {
    const release = this.#hold(record);
    if (!release) return;
    this.#records.get(record.key)?.release();
    this.#records.set(record.key, { record, release });
    this.#write(record);
  }

  delete(key: Digest): void {
    this.#records.get(key)?.release();
    this.#records.delete(key);
    rmSync(this.#path(key), { force: true });
  }

  close(): void {
    for (const { release } of this.#records.values()) release();
    this.#records.clear();
  }

  #read(name: string): void {
    const path = join(this.#directory, name);
    const record = readRecord(path);
    const release = record && this.#hold(record);
    if (record && release) this.#records.set(record.key, { record, release });
    else rmSync(path, { force: true });
  }

  /** Undefined: the layer is not stored any more. */
  #hold({ layer }: CacheRecord): (() => void) | undefined {
    return layer === undefined ? () => {} : this.#images.hold(layer.diffIds, layer.descriptor.digest);
  }

  /** Not durable: what a power cut takes is carried out again. */
  #write(record: CacheRecord): void {
    writeJson(this.#path(record.key), record);
  }

  #path(key: Digest): string {
    return join(this.#directory, `${hexOf(key)}.json`);
  }
}

/** Undefined for what is damaged or of another version: a cache is there to be lost. */
function readRecord(path: string): CacheRecord | undefined {
  if (!path.endsWith('.json')) return undefined;
  try {
    const record = readJson<CacheRecord>(path);
    return record?.version === 1 ? record : undefined;
  } catch {
    return undefined;
  }
}
