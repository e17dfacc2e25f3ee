import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Writable } from 'node:stream';
import t from 'tap';
import { Feed } from '../../../src/runtime/attach/feed.ts';
import { Spool } from '../../../src/runtime/attach/spool.ts';

/** Takes a chunk each time `step` is called. */
function stepwise() {
  const chunks: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const client = new Writable({
    highWaterMark: 16,
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      waiting.push(done);
    },
  });
  return { client, chunks, step: () => waiting.shift()?.() };
}

t.test('order holds through memory and spool', async (t) => {
  const { client, chunks, step } = stepwise();
  const feed = new Feed(client, { memory: 100_000, spool: 10_000_000, spoolDirectory: t.testdir() });
  const expected = createHash('sha256');
  const buffer = Buffer.alloc(9000);
  for (let n = 0; n < 400; n++) {
    const view = buffer.subarray(0, 1 + ((n * 131) % 9000)).fill(n);
    feed.push(view);
    expected.update(view);
    if (n % 3 === 0) step();
    if (n % 10 === 0) await new Promise(setImmediate);
  }
  const drained = feed.drain();
  const pump = setInterval(step, 0);
  await Promise.all([drained, feed.drain()]);
  clearInterval(pump);
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  t.equal(hash.digest('hex'), expected.digest('hex'));
  t.strictSame(readdirSync(t.testdirName), [], 'the spool has no name');
});

t.test('a client too far behind is dropped', async (t) => {
  const { client } = stepwise();
  client.on('error', () => {});
  const feed = new Feed(client, { memory: 1000, spool: 100_000, spoolDirectory: t.testdir() });
  for (let n = 0; n < 30; n++) {
    feed.push(Buffer.alloc(10_000));
    await new Promise(setImmediate);
  }
  t.ok(client.destroyed);
  await feed.drain();
});

t.test('a spool gives back what it was given', async (t) => {
  const spool = new Spool(t.testdir(), 8);
  t.throws(() => spool.push(Buffer.alloc(9)), /too far behind/);
  spool.push(Buffer.from('abcdef'));
  t.equal(spool.shift(4).toString(), 'abcd');
  spool.push(Buffer.from('gh'));
  t.equal(spool.shift(100).toString(), 'efgh');
  t.equal(spool.length, 0);
  spool.push(Buffer.from('again'));
  t.equal(spool.shift(100).toString(), 'again');
  spool.close();
});
