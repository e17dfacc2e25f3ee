import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
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
  const next = (length: number) => {
    const bytes = Buffer.alloc(length);
    spool.shift(bytes);
    return bytes.toString();
  };
  t.equal(next(4), 'abcd');
  spool.push(Buffer.from('gh'));
  t.equal(next(4), 'efgh');
  t.equal(spool.length, 0);
  spool.push(Buffer.from('again'));
  t.equal(next(5), 'again');
  spool.close();
});

t.test('through a socket whose other end is slow, with buffers used again', async (t) => {
  const received = createHash('sha256');
  const server = createServer(async (socket) => {
    for await (const chunk of socket) {
      received.update(chunk);
      if (Math.random() < 0.2) await new Promise(setImmediate);
    }
    server.close();
  }).listen(0);
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port);
  await once(client, 'connect');
  const feed = new Feed(client, { memory: 200_000, spool: 100_000_000, spoolDirectory: t.testdir() });
  const expected = createHash('sha256');
  const buffer = Buffer.alloc(70_000);
  for (let n = 0; n < 500; n++) {
    const view = buffer.subarray(0, 1 + ((n * 7919) % 70_000)).fill(n);
    feed.push(view);
    expected.update(view);
    if (n % 7 === 0) await new Promise(setImmediate);
  }
  await feed.drain();
  client.end();
  await once(server, 'close');
  t.equal(received.digest('hex'), expected.digest('hex'));
  feed.close();
});
