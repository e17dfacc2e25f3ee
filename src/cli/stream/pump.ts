// Copies an incoming byte stream to stdout and stderr, no faster than these take it.

import type { Readable } from 'node:stream';
import { FrameDecoder } from '../../api/raw-stream.ts';
import type { Output } from '../world.ts';

export interface Sinks {
  readonly stdout: Output | undefined;
  readonly stderr: Output | undefined;
}

/**
 * Calls `take` with every chunk until the stream ends; `take` answers what to wait for, if anything. Nothing is taken
 * before `ready`, but an end that comes earlier, or has come already, is seen.
 */
export function pump(
  source: Readable,
  take: (chunk: Buffer) => Output | undefined,
  ready: Promise<unknown> = Promise.resolve(),
): Promise<void> {
  if (source.readableEnded || source.destroyed) return Promise.resolve();
  return new Promise((resolve, reject) => {
    source.pause();
    source.once('end', resolve).once('close', resolve).once('error', reject);
    const begin = () => {
      source.on('data', (chunk: Buffer) => {
        const full = take(chunk);
        if (!full) return;
        source.pause();
        full.once('drain', () => source.resume());
      });
      source.resume();
    };
    ready.then(begin, reject);
  });
}

/** Raw bytes, as a terminal sends them. */
export function rawTo(out: Output | undefined): (chunk: Buffer) => Output | undefined {
  return (chunk) => (out && !out.write(chunk) ? out : undefined);
}

/** Frames of stdout and stderr, taken apart. */
export function framesTo(sinks: Sinks): (chunk: Buffer) => Output | undefined {
  let full: Output | undefined;
  const decoder = new FrameDecoder((stream, payload) => {
    if (stream === 'systemerr') throw new Error(`Error from daemon in stream: ${Buffer.from(payload)}`);
    const out = stream === 'stderr' ? sinks.stderr : sinks.stdout;
    if (out && !out.write(payload)) full = out;
  });
  return (chunk) => {
    full = undefined;
    decoder.push(chunk);
    return full;
  };
}
