/**
 * Directories of `RUN --mount=type=cache`: kept from build to build, never part of an image.
 *
 *   <root>/mounts/<hex of the id>/data        what the steps see
 *                                 mount.json  MountRecord
 */
import { chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hexOf, sha256 } from '../../../core/digest.ts';
import { readJson, writeJson } from '../../../core/json-file.ts';
import type { BuildMount, Sharing } from '../dockerfile/mount.ts';

export interface MountRecord {
  version: 1;
  /** 64 hex digits. */
  key: string;
  id: string;
  created: string;
  used: string;
  uses: number;
}

export interface CacheMount {
  directory: string;
  /** It was just made: the place for what `from` names. */
  fresh: boolean;
  release(): void;
}

export interface MountUsage {
  record: MountRecord;
  inUse: boolean;
}

export class CacheMounts {
  readonly #root: string;
  /** Key → how many steps use it; a step that wants it alone waits for zero. */
  readonly #users = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];

  constructor(root: string) {
    this.#root = join(root, 'mounts');
    mkdirSync(this.#root, { recursive: true, mode: 0o700 });
  }

  /** `locked` waits until it is free, `private` takes another directory meanwhile, `shared` is for all at once. */
  async take(id: string, mount: BuildMount): Promise<CacheMount> {
    const key = await this.#free(id, mount.sharing ?? 'shared');
    this.#users.set(key, this.#usersOf(key) + 1);
    const release = () => {
      this.#users.set(key, this.#usersOf(key) - 1);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    return { ...this.#open(key, id, mount), release };
  }

  list(): MountUsage[] {
    return readdirSync(this.#root).flatMap((key) => {
      const record = readJson<MountRecord>(this.#recordPath(key));
      return record ? [{ record, inUse: this.#usersOf(key) > 0 }] : [];
    });
  }

  directory(key: string): string {
    return join(this.#root, key, 'data');
  }

  /** The caller has seen that nobody uses it. */
  async delete(key: string): Promise<void> {
    await rm(join(this.#root, key), { recursive: true, force: true });
  }

  async #free(id: string, sharing: Sharing): Promise<string> {
    const first = hexOf(sha256(id));
    if (sharing === 'shared') return first;
    if (sharing === 'private') return this.#unused(id);
    while (this.#usersOf(first) > 0) await new Promise<void>((wake) => this.#waiting.push(wake));
    return first;
  }

  #unused(id: string): string {
    for (let copy = 0; ; copy++) {
      const key = hexOf(sha256(copy === 0 ? id : `${id}\0${copy}`));
      if (this.#usersOf(key) === 0) return key;
    }
  }

  #open(key: string, id: string, mount: BuildMount): { directory: string; fresh: boolean } {
    const directory = this.directory(key);
    const fresh = statSync(directory, { throwIfNoEntry: false }) === undefined;
    if (fresh) {
      mkdirSync(directory, { recursive: true, mode: mount.mode ?? 0o755 });
      chownSync(directory, mount.uid ?? 0, mount.gid ?? 0);
    }
    const now = new Date().toISOString();
    const before = readJson<MountRecord>(this.#recordPath(key));
    const record = {
      version: 1,
      key,
      id,
      created: before?.created ?? now,
      used: now,
      uses: (before?.uses ?? 0) + 1,
    };
    writeJson(this.#recordPath(key), record);
    return { directory, fresh };
  }

  #recordPath(key: string): string {
    return join(this.#root, key, 'mount.json');
  }

  #usersOf(key: string): number {
    return this.#users.get(key) ?? 0;
  }
}
