/**
 * One JSON document per file, replaced whole: written beside its place, then renamed, so that a reader (or a
 * daemon that comes back after a crash) sees the old document or the new one, never half of either.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fsync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf, internal } from './errors.ts';

export interface WriteOptions {
  /** True: the document is on the disk, not just in the page cache, when this returns. */
  durable?: boolean;
  mode?: number;
}

/** Throws `internal` naming the file if it holds no JSON; `undefined` if there is no such file. */
export function readJson<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw internal(`${path} is damaged: it holds no JSON document`, error);
  }
}

/** Synchronous on purpose: a record is a few KiB, and four system calls cost less than four trips to a thread. */
export function writeJson(path: string, document: unknown, options: WriteOptions = {}): void {
  writeFileAtomic(path, JSON.stringify(document), options);
}

const syncInThread = promisify(fsync);

/**
 * `writeJson` that is on the disk when it resolves. It waits for the disk in threads: fifty of them at once would keep
 * everybody else waiting for 60 ms, and the file system takes what waits together to the disk in one go.
 */
export async function writeJsonDurably(path: string, document: unknown): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      writeWhole(fd, Buffer.from(JSON.stringify(document)));
      await syncInThread(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  await syncDirectoryInThread(dirname(path));
}

/** `syncDirectory` without waiting on this thread. */
export async function syncDirectoryInThread(path: string): Promise<void> {
  const fd = openSync(path, 'r');
  try {
    await syncInThread(fd);
  } finally {
    closeSync(fd);
  }
}

/** One page of memory, and the least that a file system writes. */
const PAGE = 4096;

/**
 * For a document that changes often, and that can be found again elsewhere when a power cut takes it. It is written
 * over in one call of one page, which no death of the process cuts in two; that saves making a file, a rename, and
 * freeing the old one, 0.4 ms. Longer documents are replaced.
 */
export function rewriteJson(path: string, document: unknown): void {
  const text = JSON.stringify(document);
  if (Buffer.byteLength(text) >= PAGE || sizeOf(path) > PAGE) {
    writeJson(path, document);
    return;
  }
  const page = Buffer.alloc(PAGE, ' ');
  page.write(text);
  page.write('\n', PAGE - 1);
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    writeSync(fd, page);
  } finally {
    closeSync(fd);
  }
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

export function writeFileAtomic(path: string, data: string | Uint8Array, options: WriteOptions = {}): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeNew(temporary, data, options);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (options.durable) syncDirectory(dirname(path));
}

/** Makes names that were created, renamed or removed in a directory survive a power cut (fsync(2), "NOTES"). */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeNew(path: string, data: string | Uint8Array, options: WriteOptions): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const fd = openSync(path, 'wx', options.mode ?? 0o600);
  try {
    writeWhole(fd, bytes);
    if (options.durable) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
