/** The regular file that is being unpacked: its data as it comes, and holes where the archive has them. */
import { closeSync, fchmodSync, fchownSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { cstring, O, openAt, utimesFd } from '../../kernel/path.ts';
import type { SparseMap, TarEntry } from '../tar/header.ts';
import { setXattrs } from './entry-files.ts';

/** Unit of st_blocks, whatever the file system's own (stat(2)). */
const BLOCK = 512;
const FLAGS = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW;

export class FileWriter {
  #fd = -1;
  #entry: TarEntry | undefined;
  /** Where the next byte goes; and the chunk of a sparse file it belongs to. */
  #position = 0;
  #chunk = 0;
  #chunkUsed = 0;

  /** Throws EEXIST if the name is taken. */
  open(dir: number, base: string, entry: TarEntry): void {
    this.#fd = openAt(dir, cstring(base), FLAGS, entry.mode & 0o777);
    this.#entry = entry;
    this.#position = 0;
    this.#chunk = 0;
    this.#chunkUsed = 0;
  }

  write(bytes: Buffer): void {
    if (this.#fd < 0) return;
    if (this.#entry?.sparse) this.#writeSparse(bytes, this.#entry.sparse);
    else this.#writeAll(bytes);
  }

  /** Bytes that the file takes on the disk; 0 if none is open. */
  finish(): number {
    const entry = this.#entry;
    if (this.#fd < 0 || !entry) return 0;
    try {
      return complete(this.#fd, entry);
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#entry = undefined;
  }

  #writeSparse(bytes: Buffer, sparse: SparseMap): void {
    for (let at = 0; at < bytes.length; ) {
      const chunk = sparse.chunks[this.#chunk];
      if (!chunk) return;
      const length = Math.min(chunk.length - this.#chunkUsed, bytes.length - at);
      this.#position = chunk.offset + this.#chunkUsed;
      this.#writeAll(bytes.subarray(at, at + length));
      at += length;
      this.#chunkUsed += length;
      if (this.#chunkUsed < chunk.length) continue;
      this.#chunk++;
      this.#chunkUsed = 0;
    }
  }

  #writeAll(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(this.#fd, bytes, at, bytes.length - at, this.#position);
      at += written;
      this.#position += written;
    }
  }
}

/**
 * Owner, permissions, attributes, in that order: chown(2) clears set-id bits and capabilities. What open(2) made right
 * already is left alone; the umask and a directory that hands on its group are why it may not be.
 */
function complete(fd: number, entry: TarEntry): number {
  if (entry.sparse) ftruncateSync(fd, entry.sparse.realSize);
  const { mode, uid, gid, blocks } = fstatSync(fd);
  if (uid !== entry.uid || gid !== entry.gid) fchownSync(fd, entry.uid, entry.gid);
  if ((mode & 0o7777) !== entry.mode) fchmodSync(fd, entry.mode);
  if (entry.xattrs.size > 0) setXattrs(fd, entry);
  utimesFd(fd, entry.mtime);
  return blocks * BLOCK;
}
