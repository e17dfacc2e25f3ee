import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type ReadLogOptions, readLog } from '../../../src/runtime/log/read.ts';

/** One record as conmon writes it; `second` is the last part of its time. */
const record = (second: number, stream: string, flag: string, text: string) =>
  `2026-01-02T03:04:${String(second).padStart(2, '0')}.123456789+00:00 ${stream} ${flag} ${text}\n`;
const nano = (second: number) =>
  BigInt(Date.parse(`2026-01-02T03:04:${String(second).padStart(2, '0')}Z`)) * 1_000_000n + 123456789n;
const STAMP = (second: number) => `2026-01-02T03:04:${String(second).padStart(2, '0')}.123456789Z `;

const HEAD = {
  length: 8,
  write: (target: Buffer, at: number, stream: string, size: number) =>
    void target.write(`[${stream[3]}${String(size).padStart(5, '0')}]`, at),
};

async function read(path: string, options: Partial<ReadLogOptions> = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readLog(path, { stdout: true, stderr: true, ...options })) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

t.test('what is read back', async (t) => {
  const path = join(t.testdir(), 'log');
  const long = 'x'.repeat(8192);
  writeFileSync(`${path}.2`, record(1, 'stdout', 'F', 'one'));
  writeFileSync(`${path}.1`, record(2, 'stderr', 'F', 'two') + record(3, 'stdout', 'P', 'thr'));
  writeFileSync(
    path,
    record(4, 'stdout', 'F', 'ee') +
      record(5, 'stdout', 'F', '') +
      [6, 7, 8].map((second) => record(second, 'stdout', 'P', long)).join('') +
      record(9, 'stdout', 'F', 'end') +
      record(10, 'stderr', 'P', 'last'),
  );
  const all = `one\ntwo\nthree\n\n${long.repeat(3)}end\nlast`;
  const rows: [title: string, options: Partial<ReadLogOptions>, text: string][] = [
    ['all', {}, all],
    ['stdout', { stderr: false }, all.replace('two\n', '').replace('last', '')],
    ['stderr', { stdout: false }, 'two\nlast'],
    ['nothing', { tail: 0 }, ''],
    ['the unfinished line', { tail: 1 }, 'last'],
    ['two lines', { tail: 2 }, `${long.repeat(3)}end\nlast`],
    ['a line over two files', { tail: 4 }, all.slice('one\ntwo\n'.length)],
    ['more lines than there are', { tail: 99 }, all],
    ['since', { since: nano(9) }, 'end\nlast'],
    ['until', { until: nano(2) }, 'one\ntwo\n'],
    ['between', { since: nano(2), until: nano(4) }, 'two\nthree\n'],
    [
      'time stamps, one more each 16 KiB of a line',
      { timestamps: true },
      `${STAMP(1)}one\n${STAMP(2)}two\n${STAMP(3)}three\n${STAMP(5)}\n` +
        `${STAMP(6)}${long}${long}${STAMP(8)}${long}end\n${STAMP(10)}last`,
    ],
    [
      'runs of a stream',
      { tail: 2, encode: (stream, chunk) => Buffer.from(`[${stream} ${chunk.length}]`) },
      `[stdout ${3 * 8192 + 4}][stderr 4]`,
    ],
    [
      'a head before each message',
      { head: HEAD, since: nano(4) },
      `[o00003]ee\n[o00001]\n[o16384]${long}${long}[o08196]${long}end\n[e00004]last`,
    ],
    [
      'and time stamps behind them',
      { head: HEAD, timestamps: true, tail: 2 },
      `[o16415]${STAMP(6)}${long}${long}[o08227]${STAMP(8)}${long}end\n[e00035]${STAMP(10)}last`,
    ],
  ];
  for (const [title, options, text] of rows) {
    await t.test(title, async (t) => t.equal(await read(path, options), text));
  }
  t.equal(await read(join(t.testdirName, 'absent')), '', 'no log, no lines');
});

t.test('tail agrees with the whole at every length, over block borders', async (t) => {
  const path = join(t.testdir(), 'log');
  const lines = Array.from({ length: 3000 }, (_, n) => 'y'.repeat((n * 37) % 100));
  writeFileSync(path, lines.map((line) => record(1, 'stdout', 'F', line)).join(''));
  for (const tail of [1, 2, 3, 100, 449, 450, 451, 1500, 2999, 3000, 3001]) {
    const expected = lines
      .slice(-tail)
      .map((line) => `${line}\n`)
      .join('');
    t.ok((await read(path, { tail })) === expected, String(tail));
  }
});

t.test('following over a rotation, and through half a record', async (t) => {
  const path = join(t.testdir(), 'log');
  writeFileSync(path, record(1, 'stdout', 'F', 'a'));
  const { promise: follow, resolve: end } = Promise.withResolvers<void>();
  const text = read(path, { follow });
  await sleep(20);
  const b = record(2, 'stdout', 'F', 'b');
  appendFileSync(path, b.slice(0, 20));
  await sleep(20);
  appendFileSync(path, b.slice(20));
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, record(3, 'stdout', 'F', 'c'));
  await sleep(20);
  writeFileSync(`${path}.tmp`, record(4, 'stdout', 'F', 'd'));
  renameSync(`${path}.tmp`, path);
  await sleep(20);
  renameSync(`${path}.1`, `${path}.2`);
  renameSync(path, `${path}.1`);
  writeFileSync(path, record(5, 'stdout', 'F', 'e'));
  end();
  t.equal(await text, 'a\nb\nc\nd\ne\n');
});

t.test('a torn record at the end of an old file is passed over', async (t) => {
  const path = join(t.testdir(), 'log');
  writeFileSync(`${path}.1`, `${record(1, 'stdout', 'F', 'a')}2026-01-02T03:0`);
  writeFileSync(path, record(2, 'stdout', 'F', 'b'));
  t.equal(await read(path), 'a\nb\n');
});

t.test('a reader that leaves', async (t) => {
  const path = join(t.testdir(), 'log');
  writeFileSync(path, '');
  const gone = new AbortController();
  const text = read(path, { follow: new Promise(() => {}), signal: gone.signal });
  setTimeout(() => gone.abort(), 10);
  t.equal(await text, '');
  const until = BigInt(Date.now() + 30) * 1_000_000n;
  t.equal(await read(path, { follow: new Promise(() => {}), until }), '', 'until ends a following reader');
});

t.test('many short lines in one block: a message each at first, then several in one', async (t) => {
  const path = join(t.testdir(), 'log');
  const lines = Array.from({ length: 3000 }, (_, n) => String(n));
  writeFileSync(path, lines.map((line) => record(1, 'stdout', 'F', line)).join(''));
  const text = `${lines.join('\n')}\n`;
  t.equal(await read(path), text, 'without heads nothing is joined or lost');
  const messages = messagesIn(await read(path, { head: HEAD }));
  t.equal(messages.join(''), text);
  t.strictSame(
    messages.slice(0, 1000),
    lines.slice(0, 1000).map((line) => `${line}\n`),
  );
  const joined = messages.slice(1000, -1);
  t.ok(
    joined.every(({ length }) => HEAD.length + length >= 64 && length < 64),
    'the rest comes in messages of 64 bytes',
  );
});

/** Apart by HEAD. */
function messagesIn(text: string): string[] {
  const messages: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + HEAD.length + Number(text.slice(at + 2, at + 7));
    messages.push(text.slice(at + HEAD.length, end));
    at = end;
  }
  return messages;
}
