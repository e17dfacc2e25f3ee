/** The network worker ends by a fault: who waited is told, another one takes its place, and one that keeps ending stays away. */
import pino from 'pino';
import t from 'tap';
import { startKernelWorker } from '../../../src/network/kernel/client.ts';

t.test('a worker that ends', async (t) => {
  const log: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => log.push(JSON.parse(line).msg) });
  const url = new URL('../../fixtures/ending-worker.ts', import.meta.url);
  const kernel = startKernelWorker({ instance: 'unit', netnsDirectory: '/nowhere' }, logger, url);
  t.teardown(() => kernel.close());
  let restarts = 0;
  kernel.on('restart', () => {
    restarts++;
  });
  t.equal(await kernel.linkExists('eth0'), true);
  const both = [kernel.linkExists('end'), kernel.linkExists('eth0')];
  for (const waiting of both) await t.rejects(waiting, { message: 'the network worker has ended' });
  t.equal(await kernel.linkExists('eth0'), true, 'another one answers');
  t.equal(restarts, 1);
  for (let times = 0; times < 5; times++)
    await t.rejects(kernel.linkExists('end'), { message: 'the network worker has ended' });
  await t.rejects(kernel.linkExists('eth0'), { message: 'the network worker has ended' });
  t.match(log.at(-1), /keeps ending/);
});
