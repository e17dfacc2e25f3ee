// A file that a flag names, opened before anything is sent, so that its absence is told in plain words.

import { once } from 'node:events';
import type { ReadStream } from 'node:fs';
import { ExitError } from './exit.ts';

export async function openInput(path: string, open: (path: string) => ReadStream): Promise<ReadStream> {
  const stream = open(path);
  try {
    await once(stream, 'open');
    return stream;
  } catch (error) {
    throw new ExitError(`open ${path}: ${systemReason(error)}`, 1, { cause: error });
  }
}

/** 'no such file or directory' and its like. */
export function systemReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /^[A-Z0-9]+: ([^,]+)/.exec(text)?.[1] ?? text;
}
