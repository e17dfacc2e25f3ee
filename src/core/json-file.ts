/**
 * One JSON document per file, replaced whole: written beside its place, then renamed, so that a reader (or a
 * daemon that comes back after a crash) sees the old document or the new one, never half of either.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
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
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    if (options.durable) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
