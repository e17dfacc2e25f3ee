/** Tests may poll; users never wait on it. */
import { setTimeout as sleep } from 'node:timers/promises';

/** How many times as long an emulated machine takes. */
const PATIENCE = Number(process.env.SKIFF_TEST_PATIENCE ?? 1);

/** Calls `look` until it answers something true, which is returned; after `timeout` ms it throws, saying `what` was awaited. */
export async function waitUntil<T>(
  what: string,
  look: () => T | Promise<T>,
  { timeout = 30_000 * PATIENCE, interval = 10 } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${timeout} ms in vain: ${what}`);
    await sleep(interval);
  }
}
