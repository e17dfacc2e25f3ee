/**
 * One blob on its way to a file: continued where a line was cut, begun anew where the server cannot continue. A file
 * that is only partly there is left, for the next time.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open as openFile, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Digest, digestOfHex } from '../../core/digest.ts';
import { EngineError, invalidArgument } from '../../core/errors.ts';
import { annotate } from '../../core/step.ts';
import type { Descriptor } from '../oci.ts';
import { claim, type OwnMemory, writeStream } from '../write-hashed.ts';
import { networkError } from './network-error.ts';
import { isPassing, retrying } from './retry.ts';

/** Opens the blob from `offset` on; the answer may begin earlier, at 0. */
export type OpenBlob = (offset: number, signal: AbortSignal) => Promise<{ body: Readable; offset: number }>;

export interface BlobRequest {
  blob: Descriptor;
  open: OpenBlob;
  /** Told how many bytes are in the file. */
  tell: (bytes: number) => void;
  turns: Turns;
  signal: AbortSignal;
}

/** What a download owes to those that wait for it to be over. */
export interface Turns {
  /** Lets them go first; resolves when it is this one's turn again. */
  giveWay(): Promise<void>;
  isWaitedFor(): boolean;
  patience: Patience;
}

/** A line that brings less than `bytes` in `ms` is cut if others wait: it goes on after them. */
export interface Patience {
  ms: number;
  bytes: number;
}

interface Partial {
  file: FileHandle;
  /** Of the bytes before `offset`. */
  hash: Hash;
  offset: number;
  /** The server began anew when it was asked to continue. */
  startsOver: boolean;
}

/** Continues what is at `path`, or begins. The file is gone again if it is not what it should be. */
export async function fetchBlob(
  path: string,
  request: BlobRequest,
): Promise<{ digest: Digest; resumed: boolean }> {
  const { blob, tell } = request;
  const partial = await openPartial(path, blob.size);
  const resumed = partial.offset > 0;
  try {
    annotate({ resumedAt: partial.offset });
    tell(partial.offset);
    await fetchRest(partial, request);
  } finally {
    await partial.file.close();
  }
  const digest = digestOfHex(partial.hash.digest('hex'));
  if (digest !== blob.digest) await rm(path, { force: true });
  return { digest, resumed };
}

/** What is there already is hashed again: nothing on disk is trusted for having been right once. */
async function openPartial(path: string, size: number): Promise<Partial> {
  const file = await openFile(path, 'a+', 0o600);
  const hash = createHash('sha256');
  const { size: there } = await file.stat();
  if (there > size) {
    await file.truncate(0);
    return { file, hash, offset: 0, startsOver: false };
  }
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(chunk);
  return { file, hash, offset: there, startsOver: false };
}

/** As long as each line brings something, there is another: five in a row that bring nothing are the end. */
async function fetchRest(partial: Partial, request: BlobRequest): Promise<void> {
  const { blob, turns, tell, signal } = request;
  while (partial.offset < blob.size) {
    const before = partial.offset;
    try {
      const isWorth = (error: unknown) => isPassing(error) && partial.offset === before;
      await retrying(() => fetchOnce(partial, request), signal, isWorth);
    } catch (error) {
      if (signal.aborted) throw new EngineError('cancelled', 'the download was cancelled', { cause: error });
      if (!isPassing(error) || partial.offset === before) throw error;
      await turns.giveWay();
    }
  }
  tell(blob.size);
}

async function fetchOnce(partial: Partial, request: BlobRequest): Promise<void> {
  const { blob, open, tell, signal } = request;
  const { body, offset } = await open(partial.offset, signal);
  if (offset !== partial.offset) {
    await startOver(partial);
    tell(0);
  }
  const stopWatching = giveWayIfSlow(partial, request, body);
  try {
    await append(partial, request, body);
  } catch (error) {
    throw networkError(error, `Get blob ${blob.digest}`);
  } finally {
    stopWatching();
  }
  if (partial.offset < blob.size)
    throw networkError(cut('ECONNRESET', 'unexpected EOF'), `Get blob ${blob.digest}`);
}

async function append(partial: Partial, { blob, tell }: BlobRequest, body: Readable): Promise<void> {
  const begin = partial.offset;
  const onWritten = (bytes: number) => {
    partial.offset = begin + bytes;
    tell(partial.offset);
  };
  // What undici hands out whole, it has done with: it was read from the socket for this alone.
  const own: OwnMemory = new WeakSet();
  let received = begin;
  await writeStream(body, partial.file, { onWritten, own }, (chunk) => {
    received += chunk.length;
    if (received > blob.size) throw tooLong(blob);
    claim(own, chunk);
    partial.hash.update(chunk);
  });
}

/** Cuts the line of a server that trickles while others wait for their turn; the blob goes on from there in its next one. */
function giveWayIfSlow(partial: Partial, { turns }: BlobRequest, body: Readable): () => void {
  const { ms, bytes } = turns.patience;
  let before = partial.offset;
  const watch = setInterval(() => {
    const isSlow = partial.offset - before < bytes;
    before = partial.offset;
    if (isSlow && turns.isWaitedFor() && !partial.startsOver) {
      body.destroy(cut('ECONNABORTED', 'too slow while others wait'));
    }
  }, ms);
  return () => clearInterval(watch);
}

/** The server does not do ranges. */
async function startOver(partial: Partial): Promise<void> {
  await partial.file.truncate(0);
  partial.hash = createHash('sha256');
  partial.offset = 0;
  partial.startsOver = true;
}

/** As the kernel words a line that ends: another may go on where it did. */
export function cut(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function tooLong({ digest, size }: Descriptor) {
  return invalidArgument(`the registry sent more than the ${size} bytes of ${digest}`);
}
