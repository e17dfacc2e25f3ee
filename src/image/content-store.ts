/**
 * Blobs by digest, laid out as an OCI image layout so that other tools can read them:
 *
 *   <root>/oci-layout  index.json (image-store.ts)
 *   <root>/blobs/sha256/<hex>   whole and verified; never changed, only deleted
 *   <root>/ingest/<name>        being written, or cut off
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { type Digest, hexOf, isDigest, sha256 } from '../core/digest.ts';
import { internal, invalidArgument, notFound } from '../core/errors.ts';
import { syncDirectory, writeFileAtomic } from '../core/json-file.ts';
import { Leases } from './leases.ts';
import { type WriteOptions, writeHashed } from './write-hashed.ts';

export interface StageOptions extends Omit<WriteOptions, 'onWritten'> {
  /** Told how many bytes are in the file so far. */
  onWritten?: (bytes: number, path: string) => void;
}

/** Manifests, indexes and configs are read into memory; a larger one is refused. */
export const DOCUMENT_MAX = 4 * 1024 * 1024;

const TEMPORARY = '.tmp';

/** Bytes that are on the disk and hashed, but not yet part of the store. */
export interface Staged {
  digest: Digest;
  size: number;
  path: string;
  /** Begins to write it through to the disk, so that `commit` need not wait as long. */
  flush(): Promise<void>;
  /** Resolves when the blob is in the store for good; then, or after `discard`, `path` is gone. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

export class ContentStore {
  readonly ingestDirectory: string;
  readonly #blobs: string;
  /** Temporary files that somebody works on. */
  readonly #staging = new Set<string>();
  readonly leases = new Leases<Digest>();

  constructor(root: string) {
    this.#blobs = join(root, 'blobs', 'sha256');
    this.ingestDirectory = join(root, 'ingest');
    mkdirSync(this.#blobs, { recursive: true, mode: 0o700 });
    mkdirSync(this.ingestDirectory, { recursive: true, mode: 0o700 });
    if (!existsSync(join(root, 'oci-layout'))) {
      writeFileAtomic(join(root, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    }
  }

  path(digest: Digest): string {
    return join(this.#blobs, hexOf(digest));
  }

  has(digest: Digest): boolean {
    return existsSync(this.path(digest));
  }

  /** Bytes; throws `not-found`. */
  size(digest: Digest): number {
    const stat = statSync(this.path(digest), { throwIfNoEntry: false });
    if (!stat) throw noSuchBlob(digest);
    return stat.size;
  }

  list(): Digest[] {
    return readdirSync(this.#blobs)
      .map((hex) => `sha256:${hex}`)
      .filter(isDigest);
  }

  /** Paths of all that is being staged, or was. */
  temporaries(): string[] {
    return readdirSync(this.ingestDirectory)
      .filter((name) => name.endsWith(TEMPORARY))
      .map((name) => join(this.ingestDirectory, name));
  }

  /** Those that nobody works on: a crash left them. */
  leftovers(): string[] {
    return this.temporaries().filter((path) => !this.#staging.has(path));
  }

  /** A path in `ingest/` for something that is then adopted. */
  temporaryPath(): string {
    const path = join(this.ingestDirectory, `${randomBytes(8).toString('hex')}${TEMPORARY}`);
    this.#staging.add(path);
    return path;
  }

  /** Writes a stream to a temporary file, hashing on the way. */
  async stage(source: Readable, { onWritten, ...options }: StageOptions = {}): Promise<Staged> {
    const path = this.temporaryPath();
    const file = await open(path, 'wx', 0o600);
    try {
      const tell = onWritten && ((bytes: number) => onWritten(bytes, path));
      const { digest, size } = await writeHashed(source, file, { ...options, onWritten: tell });
      return this.#staged(path, digest, size);
    } catch (error) {
      await this.discard(path);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** A file of `ingest/` whose digest is already known to be right. */
  adopt(path: string, digest: Digest, size: number): Staged {
    return this.#staged(path, digest, size);
  }

  /** A small blob, durable when this returns. */
  put(data: string | Uint8Array): { digest: Digest; size: number } {
    const digest = sha256(data);
    const size = Buffer.byteLength(data);
    if (!this.has(digest)) writeFileAtomic(this.path(digest), data, { durable: true });
    return { digest, size };
  }

  /** A document, verified. Throws `not-found`, or `internal` when the disk holds something else. */
  read(digest: Digest): Buffer {
    if (this.size(digest) > DOCUMENT_MAX) throw invalidArgument(`${digest} is too large for a document`);
    const data = readFileSync(this.path(digest));
    if (sha256(data) !== digest) throw damaged(digest);
    return data;
  }

  readJson<T>(digest: Digest): T {
    try {
      return JSON.parse(this.read(digest).toString()) as T;
    } catch (error) {
      if (error instanceof SyntaxError) throw invalidArgument(`${digest} holds no JSON document`, error);
      throw error;
    }
  }

  /** The blob's bytes; the stream fails at its end if they are not what the digest says. */
  stream(digest: Digest): Readable {
    this.size(digest);
    const hash = createHash('sha256');
    const verify = new Transform({
      transform(chunk, _encoding, callback) {
        hash.update(chunk);
        callback(null, chunk);
      },
      flush(callback) {
        callback(`sha256:${hash.digest('hex')}` === digest ? null : damaged(digest));
      },
    });
    const source = createReadStream(this.path(digest), { highWaterMark: 256 * 1024 });
    source.on('error', (error) => verify.destroy(error));
    verify.on('close', () => source.destroy());
    return source.pipe(verify);
  }

  async delete(digest: Digest): Promise<void> {
    await rm(this.path(digest), { force: true });
  }

  /** Gives up a temporary file. */
  async discard(path: string): Promise<void> {
    await rm(path, { force: true });
    this.#staging.delete(path);
  }

  #staged(path: string, digest: Digest, size: number): Staged {
    const discard = () => this.discard(path);
    let flushed: Promise<void> | undefined;
    const flush = () => {
      flushed ??= flushFile(path);
      // Whoever commits sees the failure.
      flushed.catch(() => {});
      return flushed;
    };
    const commit = async () => {
      if (this.has(digest)) return discard();
      await flush();
      await rename(path, this.path(digest));
      this.#staging.delete(path);
      syncDirectory(this.#blobs);
    };
    return { digest, size, path, flush, commit, discard };
  }
}

export function noSuchBlob(digest: Digest) {
  return notFound(`no such blob: ${digest}`);
}

function damaged(digest: Digest) {
  return internal(`the blob ${digest} is damaged on disk`);
}

async function flushFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
