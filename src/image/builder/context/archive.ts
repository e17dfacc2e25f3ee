/** A context that is an archive in a file: tar, plain or compressed, unpacked by the threads that unpack layers. */
import { mkdir, open, rm } from 'node:fs/promises';
import { EngineError, errnoOf, messageOf } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';
import { compressionOf } from '../../compression.ts';
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
    try {
      await mkdir(path, { mode: 0o755 });
      await unpacker.unpack({ blob: archive, directory: path, whole: false, outside: 'root', signal });
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      throw contextError(error, signal);
    }
  });
}

/** Told by its first bytes, whatever a server calls it. */
export async function isArchive(path: string): Promise<boolean> {
  const start = await firstBlock(path);
  if (compressionOf(start) !== 'none') return true;
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

/** What a failure to receive or unpack a context is to the client. */
export function contextError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new EngineError('cancelled', 'the build was cancelled', { cause: error });
  const otherwise = errnoOf(error) === 'ENOSPC' ? 'unavailable' : 'invalid-argument';
  const kind = error instanceof EngineError ? error.kind : otherwise;
  return new EngineError(kind, `error reading the build context: ${messageOf(error)}`, { cause: error });
}
