/** A context that is an archive in a file: tar, plain or compressed, unpacked by the threads that unpack layers. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { EngineError, messageOf } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';
import { compressionOf } from '../../compression.ts';
import { inflated, programFor } from '../../inflate.ts';
import type { Unpacker } from '../../layer/unpack.ts';
import { BLOCK, decodeHeader } from '../../tar/header.ts';

/** Unpacks the file into the new directory `path`. Leaves nothing if it fails; the archive stays. */
export function unpackContext(
  archive: string,
  path: string,
  unpacker: Unpacker,
  signal: AbortSignal,
): Promise<void> {
  return step('image.build.context', {}, async () => {
    const plain = `${path}.plain`;
    try {
      // gzip and zstd are left to the threads, which bound how much may come out of how little.
      const inflate = programFor(await firstBlock(archive)) !== undefined;
      if (inflate) await pipeline(inflated(createReadStream(archive)), createWriteStream(plain), { signal });
      await mkdir(path, { mode: 0o755 });
      await unpacker.unpack({ blob: inflate ? plain : archive, directory: path, whole: false, signal });
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      throw contextError(error, signal);
    } finally {
      await rm(plain, { force: true });
    }
  });
}

/** Told by its first bytes, whatever a server calls it. */
export async function isArchive(path: string): Promise<boolean> {
  const start = await firstBlock(path);
  if (compressionOf(start) !== 'none' || programFor(start)) return true;
  try {
    return start.length === BLOCK && decodeHeader(start) !== undefined;
  } catch {
    return false;
  }
}

async function firstBlock(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK), 0, BLOCK, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function contextError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new EngineError('cancelled', 'the build was cancelled', { cause: error });
  const kind = error instanceof EngineError ? error.kind : 'invalid-argument';
  return new EngineError(kind, `error reading the build context: ${messageOf(error)}`, { cause: error });
}
