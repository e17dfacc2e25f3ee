/**
 * The volumes of a data-root: read once, kept in memory, changed on the disk first. A volume appears and goes by
 * one rename, so that a crash leaves a whole one, or a hidden directory that the next start removes.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { errnoOf, messageOf, notFound } from '../core/errors.ts';
import { readJson, writeJson } from '../core/json-file.ts';
import { mountsBelow } from '../kernel/mount-table.ts';
import { settleFill } from './fill.ts';
import type { Volume } from './volume.ts';

export const noSuchVolume = (name: string) => notFound(`get ${name}: no such volume`);

export class VolumeStore {
  readonly #root: string;
  readonly #logger: Logger;
  readonly #volumes = new Map<string, Volume>();

  constructor(root: string, logger: Logger) {
    this.#root = root;
    this.#logger = logger;
    // Others may pass through to a volume whose path they know, not look around: dockerd's mode.
    mkdirSync(root, { recursive: true, mode: 0o701 });
    this.#load();
  }

  get(name: string): Volume {
    const volume = this.#volumes.get(name);
    if (!volume) throw noSuchVolume(name);
    return volume;
  }

  find(name: string): Volume | undefined {
    return this.#volumes.get(name);
  }

  list(): Volume[] {
    return [...this.#volumes.values()];
  }

  placeOf(name: string): string {
    return join(this.#root, name);
  }

  dataOf(name: string): string {
    return join(this.placeOf(name), '_data');
  }

  /** On the disk when this resolves. Throws if something of that name is there. Not twice at once for one name. */
  async add(volume: Volume): Promise<void> {
    const hidden = this.#hidden();
    const record = join(hidden, 'volume.json');
    try {
      mkdirSync(join(hidden, '_data'), { recursive: true, mode: 0o755 });
      writeJson(record, volume);
      await Promise.all([syncToDisk(record), syncToDisk(hidden)]);
      renameSync(hidden, join(this.#root, volume.name));
    } catch (error) {
      await rm(hidden, { recursive: true, force: true });
      throw error;
    }
    this.#volumes.set(volume.name, volume);
    await syncToDisk(this.#root);
  }

  /** It is no longer there, for good, when this resolves, and its blocks are free. One whose directory has been deleted is forgotten. */
  async remove(name: string): Promise<void> {
    const hidden = this.#hidden();
    try {
      renameSync(join(this.#root, name), hidden);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    this.#volumes.delete(name);
    await syncToDisk(this.#root);
    await rm(hidden, { recursive: true, force: true });
  }

  #hidden(): string {
    return join(this.#root, `.${randomBytes(8).toString('hex')}`);
  }

  #load(): void {
    for (const name of readdirSync(this.#root)) {
      if (name.startsWith('.')) this.#sweep(join(this.#root, name));
      else this.#read(name);
    }
  }

  /** A directory that cannot be read is left alone: it may hold somebody's data. */
  #read(name: string): void {
    try {
      const volume = readJson<Volume>(join(this.#root, name, 'volume.json'));
      if (volume?.name === name) this.#keep(volume);
      else this.#logger.warn({ volume: name }, 'a directory among the volumes is none');
    } catch (error) {
      this.#logger.error({ volume: name, reason: messageOf(error) }, 'a volume cannot be read');
    }
  }

  /** One whose first content cannot be brought in is there nevertheless. */
  #keep(volume: Volume): void {
    this.#volumes.set(volume.name, volume);
    try {
      for (const directory of settleFill(this.placeOf(volume.name))) this.#sweep(directory);
    } catch (error) {
      this.#logger.error({ err: error, volume: volume.name }, 'the first content of a volume is not whole');
    }
  }

  /** Half made or half removed. Never through a mount: what is mounted there is not ours to delete. */
  #sweep(directory: string): void {
    if (mountsBelow(directory).length > 0) {
      this.#logger.warn({ directory }, 'leftovers of a volume stay: something is mounted in them');
      return;
    }
    rm(directory, { recursive: true, force: true }).catch((error) => {
      this.#logger.warn({ directory, reason: messageOf(error) }, 'leftovers of a volume stay');
    });
  }
}

/** fsync(2) on a thread: a disk takes milliseconds for it, and the daemon has others to serve meanwhile. */
async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
