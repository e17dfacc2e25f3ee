// Runs a created container in front of us: attach, wait, start, in this order, so that nothing it says and no
// exit code is missed.

import type { Engine } from '../connection/engine.ts';
import type { Attachment } from '../create/streams.ts';
import type { World } from '../world.ts';
import { awaitExit } from './exit-code.ts';
import { followSize } from './resize.ts';
import { runSession } from './session.ts';
import { forwardSignals } from './signals.ts';

export interface Foreground {
  readonly engine: Engine;
  readonly id: string;
  readonly tty: boolean;
  readonly attachment: Attachment;
  readonly detachKeys: string;
  readonly sigProxy: boolean;
  /** What the wait is for: 'next-exit', or 'removed' for a container that goes when it ends. */
  readonly condition: 'next-exit' | 'removed';
}

export type ForegroundEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'detached' };

export async function runAttached(options: Foreground, world: World): Promise<ForegroundEnd> {
  const { engine, id, tty, attachment, detachKeys } = options;
  const path = `/containers/${id}`;
  const query = { stream: true, ...attachment, detachKeys };
  const stopForwarding = options.sigProxy ? forwardSignals(engine, id, world) : () => {};
  const [{ socket }, exit] = await Promise.all([
    engine.hijack(`${path}/attach`, { query }),
    awaitExit(engine, id, options.condition),
  ]);
  try {
    await engine.json('POST', `${path}/start`);
  } catch (error) {
    socket.destroy();
    // The engine removes what it could not start; leave no trace of it behind us.
    if (options.condition === 'removed') await exit.code.catch(() => {});
    throw error;
  }
  const stopFollowing = tty && world.stdout.isTTY ? followSize(engine, path, world) : () => {};
  const end = await runSession({ socket, tty, ...attachment, detachKeys }, world);
  stopFollowing();
  if (end === 'detached') return { kind: 'detached' };
  const code = await exit.code;
  stopForwarding();
  return { kind: 'exited', code };
}
