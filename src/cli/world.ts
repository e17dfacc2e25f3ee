// What a command may touch of the process around it. Tests pass their own.

import { createReadStream, fstatSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

export type Input = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
export type Output = Writable & { isTTY?: boolean; columns?: number; rows?: number };

export interface World {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /** Answers the function that puts the terminal back. */
  readonly enterRawMode: () => Promise<() => void>;
  /** Calls `listener` for each of the named signals that arrives, until the returned function is called. */
  readonly onSignals: (
    names: readonly NodeJS.Signals[],
    listener: (name: NodeJS.Signals) => void,
  ) => () => void;
}

export interface ProcessWorld extends World {
  /** Ends the outputs. What a slow reader has yet to take is theirs before it resolves; `exit` would drop it. */
  readonly finish: () => Promise<void>;
}

/** The real process. */
export function processWorld(): ProcessWorld {
  // The streams are opened by their first use: opening costs time, and an open stdin takes bytes.
  let stdin: Input | undefined;
  const outputs = new Set<Output>();
  const opened = (output: Output) => {
    outputs.add(output);
    return output;
  };
  return {
    get stdin() {
      stdin ??= openStdin();
      return stdin;
    },
    get stdout() {
      return opened(process.stdout);
    },
    get stderr() {
      return opened(process.stderr);
    },
    finish: async () => {
      for (const output of outputs) await ended(output);
    },
    env: process.env,
    now: Date.now,
    enterRawMode: async () => (await import('./terminal.ts')).enterRawMode(process.stdin),
    onSignals,
  };
}

/**
 * Of a socket, which is what programs in Node give their children for a pipe, Bun misses the end now and then when more
 * comes than is taken, once in 150 times 20 MB: a thread reads it.
 */
function openStdin(): Input {
  const isSafe = process.versions.bun === undefined || !fstatSync(0).isSocket();
  return isSafe ? process.stdin : createReadStream('', { fd: 0, autoClose: false });
}

/** Not by the callback of an empty write: Bun calls that at once. */
function ended(output: Output): Promise<void> {
  return new Promise((resolve) => {
    output.once('error', () => resolve());
    output.end(() => resolve());
  });
}

function onSignals(names: readonly NodeJS.Signals[], listener: (name: NodeJS.Signals) => void): () => void {
  for (const name of names) process.on(name, listener);
  return () => {
    for (const name of names) process.off(name, listener);
  };
}
