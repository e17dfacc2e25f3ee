/**
 * Calls are made by the caller's own thread until the network worker is up. It ends by a fault: who waited is told, another
 * one takes its place, and one that keeps ending stays away.
 */
import pino from 'pino';
import t, { type Test } from 'tap';
import type { KernelClient } from '../../../src/network/kernel/calls.ts';
import { openKernelClient } from '../../../src/network/kernel/client.ts';

const url = new URL('../../fixtures/ending-worker.ts', import.meta.url);
const options = { instance: 'unit', netnsDirectory: '/nowhere' };

/** Knows of no link but of `lo`; the worker knows of all. */
function early() {
  let open = true;
  return {
    has: (name: string) => open && name === 'linkExists',
    make: async (_name: string, [link]: unknown[]) => link === 'lo',
    close: () => {
      open = false;
    },
  };
}

/** Resolves when the worker is up; a worker alone does not keep a process. */
function comingUp(t: Test, kernel: KernelClient): Promise<void> {
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(alive));
  return new Promise((resolve) => kernel.on('up', () => resolve()));
}

t.test('before there is a worker', async (t) => {
  const kernel = openKernelClient(options, pino({ level: 'silent' }), url, early());
  t.teardown(() => kernel.close());
  const up = comingUp(t, kernel);
  t.equal(await kernel.linkExists('eth0'), false, 'what can be is asked here');
  const inThread = kernel.openResolver('/nowhere', { udp: 1, tcp: 1 });
  const behind = kernel.linkExists('eth0');
  t.equal(await inThread, true, 'what needs the worker starts it');
  t.equal(await behind, true, 'what comes after that is asked in order');
  await up;
  t.equal(await kernel.linkExists('eth0'), true, 'and all else from now on');
});

t.test('a worker that is told to begin', async (t) => {
  const kernel = openKernelClient(options, pino({ level: 'silent' }), url, early());
  t.teardown(() => kernel.close());
  const up = comingUp(t, kernel);
  kernel.begin();
  t.equal(await kernel.linkExists('eth0'), false, 'nobody waits for it');
  await up;
  t.equal(await kernel.linkExists('eth0'), true);
});

t.test('a worker that ends', async (t) => {
  const log: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => log.push(JSON.parse(line).msg) });
  const none = early();
  none.close();
  const kernel = openKernelClient(options, logger, url, none);
  t.teardown(() => kernel.close());
  let starts = 0;
  kernel.on('up', () => {
    starts++;
  });
  t.equal(await kernel.linkExists('eth0'), true);
  const both = [kernel.linkExists('end'), kernel.linkExists('eth0')];
  for (const waiting of both) await t.rejects(waiting, { message: 'the network worker has ended' });
  t.equal(await kernel.linkExists('eth0'), true, 'another one answers');
  t.equal(starts, 2);
  for (let times = 0; times < 5; times++)
    await t.rejects(kernel.linkExists('end'), { message: 'the network worker has ended' });
  await t.rejects(kernel.linkExists('eth0'), { message: 'the network worker has ended' });
  t.match(log.at(-1), /keeps ending/);
});
