// A person at a container: stdin goes in, output comes out, until one side is done or the detach keys are typed.

import type { Duplex } from 'node:stream';
import type { World } from '../world.ts';
import { detachFilter, parseDetachKeys } from './detach.ts';
import { framesTo, pump, rawTo } from './pump.ts';

export interface SessionOptions {
  readonly socket: Duplex;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** '' switches them off. */
  readonly detachKeys: string;
}

export type SessionEnd = 'ended' | 'detached';

/** Ends when the output ends. Puts the terminal back as it was. */
export async function runSession(options: SessionOptions, world: World): Promise<SessionEnd> {
  const { socket, tty } = options;
  // Takes a moment, in which a short life may end: the output is watched from before it.
  const raw = options.stdin && tty ? world.enterRawMode() : Promise.resolve(() => {});
  let detached = false;
  try {
    const output = pump(socket, takerOf(options, world), raw);
    await Promise.race([raw, output]);
    if (options.stdin) {
      sendInput(options, world, () => {
        detached = true;
        socket.destroy();
      });
    }
    await output.catch((error) => {
      if (!detached) throw error;
    });
    return detached ? 'detached' : 'ended';
  } finally {
    (await raw)();
    socket.destroy();
    if (options.stdin) world.stdin.destroy();
  }
}

function takerOf({ tty, stdout, stderr }: SessionOptions, world: World) {
  const sinks = { stdout: stdout ? world.stdout : undefined, stderr: stderr ? world.stderr : undefined };
  return tty ? rawTo(sinks.stdout ?? sinks.stderr) : framesTo(sinks);
}

/** The end of stdin closes only our half: output may still come. */
function sendInput(options: SessionOptions, world: World, onDetach: () => void): void {
  const { socket, tty, detachKeys } = options;
  socket.on('error', () => {});
  const watched = tty && detachKeys !== '';
  const input = watched ? world.stdin.pipe(detachFilter(parseDetachKeys(detachKeys), onDetach)) : world.stdin;
  input.pipe(socket, { end: true });
}
