/**
 * Unpacked layers, each once, shared by all images and containers above it:
 *
 *   <root>/<chain id>/diff         the layer's files, in overlayfs's terms
 *   <root>/<chain id>/layer.json   LayerRecord
 *   <root>/l/<link>                -> ../<chain id>/diff; short, because mount(2) takes one page of options
 *   <root>/l/0                     -> ../empty, below images without layers
 *   <root>/tmp-…                   being unpacked or removed; swept at start
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, hexOf } from '../core/digest.ts';
import { ignoring, invalidArgument, isKind } from '../core/errors.ts';
import { readJson, syncDirectory, writeJson } from '../core/json-file.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import type { GrowingSource } from './layer/growing-file.ts';
import type { LayerLimits } from './layer/limits.ts';
import type { Unpacker, UnpackRequest } from './layer/unpack.ts';
import type { LayerIdentity, LayerRecord, LayerSize } from './layer-record.ts';
import { Leases } from './leases.ts';

const TEMPORARY = 'tmp-';

export class LayerStore {
  readonly links: string;
  /** Of chain ids. */
  readonly leases = new Leases<Digest>();
  readonly #root: string;
  readonly #unpacker: Unpacker;
  readonly #layers = new Map<Digest, LayerRecord>();
  readonly #lock = new KeyedLock();
  /** Temporary directories that somebody works on. */
  readonly #working = new Set<string>();
  #lastLink = 0;

  constructor(root: string, unpacker: Unpacker) {
    this.#root = root;
    this.#unpacker = unpacker;
    this.links = join(root, 'l');
    mkdirSync(this.links, { recursive: true, mode: 0o700 });
    mkdirSync(join(root, 'empty'), { recursive: true });
    this.#link('0', '../empty');
    for (const name of readdirSync(root)) this.#readLayer(name);
  }

  get(chainId: Digest): LayerRecord | undefined {
    return this.#layers.get(chainId);
  }

  /** Bytes of a layer's files; known as well if it is unpacked on top of others only. */
  sizeOf(chainId: Digest, diffId: Digest): number {
    return (this.get(chainId) ?? this.list().find((layer) => layer.diffId === diffId))?.size ?? 0;
  }

  list(): LayerRecord[] {
    return [...this.#layers.values()];
  }

  /** Directory with the layer's files. */
  diff(chainId: Digest): string {
    return join(this.#root, hexOf(chainId), 'diff');
  }

  /** Unpacks a layer above `parent` unless that has been done. Throws if the blob is not the layer it should be. */
  ensure(request: EnsureRequest): Promise<LayerRecord> {
    const { chainId } = request;
    const known = this.#layers.get(chainId);
    if (known) return Promise.resolve(known);
    return this.#lock.run(chainId, async () => {
      const { blob, limits, onRead, signal, ...identity } = request;
      const unpack = async () => this.prepare({ blob, limits, onRead, signal, whole: false });
      return this.#layers.get(chainId) ?? this.#place(await unpack(), identity);
    });
  }

  /** Unpacks a blob before it is known where its layer belongs. */
  async prepare(request: PrepareRequest, unpack = this.#unpacker.unpack): Promise<LooseLayer> {
    const temporary = await this.#makeTemporary();
    const discard = () => this.#discard(temporary);
    try {
      const directory = join(temporary, 'diff');
      await mkdir(directory, { mode: 0o755 });
      const unpacked = await unpack({ ...request, directory });
      return { diffId: unpacked.diffId, temporary, size: { ...unpacked, size: unpacked.bytes }, discard };
    } catch (error) {
      await discard();
      throw error;
    }
  }

  /** The same for a blob that is still being written; undefined if all threads for such are busy. */
  prepareEarly(request: PrepareRequest & { blob: GrowingSource }): Promise<LooseLayer> | undefined {
    return this.#unpacker.early((unpack) => this.prepare(request, unpack));
  }

  /** Puts a layer where it belongs, unless another is there. Throws if it is not the layer it should be. */
  place(loose: LooseLayer, identity: LayerIdentity): Promise<LayerRecord> {
    return this.#lock.run(identity.chainId, () => this.#place(loose, identity));
  }

  /** Takes a directory that is already as overlayfs wants it (an upper directory), by renaming it. */
  adopt(
    directory: string,
    { chainId, diffId, parent }: LayerIdentity,
    size: LayerSize,
  ): Promise<LayerRecord> {
    return this.#lock.run(chainId, async () => {
      const known = this.#layers.get(chainId);
      if (known) return known;
      const temporary = await this.#makeTemporary();
      await rename(directory, join(temporary, 'diff'));
      return this.#commit(temporary, { chainId, diffId, parent }, size);
    });
  }

  /** The caller makes sure that neither image nor container stands on it. */
  remove(chainId: Digest): Promise<void> {
    return this.#lock.run(chainId, async () => {
      const layer = this.#layers.get(chainId);
      if (!layer) return;
      this.#layers.delete(chainId);
      const doomed = this.#temporaryPath();
      await rename(join(this.#root, hexOf(chainId)), doomed);
      await rm(join(this.links, layer.link), { force: true });
      await rm(doomed, { recursive: true, force: true });
      this.#working.delete(doomed);
    });
  }

  /** What differs from the archive, in words; nothing if the layer is as it was unpacked. */
  async compare(chainId: Digest, blob: string, signal?: AbortSignal): Promise<string[]> {
    const { differences } = await this.#unpacker.compare({ blob, directory: this.diff(chainId), signal });
    return differences;
  }

  /** Paths of what a crash left half-made or half-removed. */
  leftovers(): string[] {
    return readdirSync(this.#root)
      .filter((name) => name.startsWith(TEMPORARY))
      .map((name) => join(this.#root, name))
      .filter((path) => !this.#working.has(path));
  }

  /** Under the lock of the chain id. */
  async #place(loose: LooseLayer, identity: LayerIdentity): Promise<LayerRecord> {
    const known = this.#layers.get(identity.chainId);
    try {
      if (known) return known;
      if (loose.diffId !== identity.diffId) throw wrongLayer(identity.diffId, loose.diffId);
      return this.#commit(loose.temporary, identity, loose.size);
    } finally {
      // Gone already if it was committed.
      await loose.discard();
    }
  }

  async #discard(temporary: string): Promise<void> {
    await rm(temporary, { recursive: true, force: true });
    this.#working.delete(temporary);
  }

  async #makeTemporary(): Promise<string> {
    const temporary = this.#temporaryPath();
    await mkdir(temporary, { mode: 0o700 });
    return temporary;
  }

  #temporaryPath(): string {
    const path = join(this.#root, TEMPORARY + randomBytes(6).toString('hex'));
    this.#working.add(path);
    return path;
  }

  #commit(
    temporary: string,
    identity: LayerIdentity,
    { size, usage, entries, root }: LayerSize,
  ): LayerRecord {
    const link = (this.#lastLink + 1).toString(36);
    const { chainId, diffId, parent } = identity;
    const layer: LayerRecord = { version: 1, chainId, diffId, parent, link, size, usage, entries, root };
    writeJson(join(temporary, 'layer.json'), layer);
    this.#link(link, `../${hexOf(chainId)}/diff`);
    renameSync(temporary, join(this.#root, hexOf(chainId)));
    this.#working.delete(temporary);
    syncDirectory(this.#root);
    this.#lastLink++;
    this.#layers.set(chainId, layer);
    return layer;
  }

  #readLayer(name: string): void {
    if (!/^[0-9a-f]{64}$/.test(name)) return;
    const layer = readRecord(join(this.#root, name, 'layer.json'));
    if (!layer) {
      // Without a record it is no layer, and in the way of one: it is swept with what else was left.
      renameSync(join(this.#root, name), join(this.#root, TEMPORARY + name));
      return;
    }
    this.#layers.set(layer.chainId, layer);
    this.#lastLink = Math.max(this.#lastLink, Number.parseInt(layer.link, 36));
    this.#link(layer.link, `../${name}/diff`);
  }

  #link(name: string, target: string): void {
    const path = join(this.links, name);
    if (existingTarget(path) === target) return;
    rmSync(path, { force: true });
    symlinkSync(target, path);
  }
}

export type PrepareRequest = Omit<UnpackRequest, 'directory'>;

/** Unpacked, but nowhere yet. Ends by `place` or `discard`. */
export interface LooseLayer {
  diffId: Digest;
  temporary: string;
  size: LayerSize;
  discard(): Promise<void>;
}

export interface EnsureRequest extends LayerIdentity {
  /** File of the layer's blob. */
  blob: string;
  limits?: LayerLimits;
  onRead?: (bytes: number) => void;
  signal?: AbortSignal;
}

/** Undefined: a power cut took it, or part of it. */
function readRecord(path: string): LayerRecord | undefined {
  try {
    return readJson<LayerRecord>(path);
  } catch (error) {
    if (isKind(error, 'internal')) return undefined;
    throw error;
  }
}

/** A crash may have left a link to a layer that never came to be. */
function existingTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    ignoring('ENOENT')(error);
  }
}

function wrongLayer(expected: Digest, found: Digest) {
  return invalidArgument(`layer verification failed: expected diff id ${expected}, but unpacked ${found}`);
}
