import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { isDigest, parseDigest, sha256 } from '../../../src/core/digest.ts';
import { EventBus } from '../../../src/core/events.ts';
import { newId } from '../../../src/core/ids.ts';
import { readJson, rewriteJson, writeJson } from '../../../src/core/json-file.ts';
import { KeyedLock } from '../../../src/core/keyed-lock.ts';
import { Limit } from '../../../src/core/limit.ts';
import { STEP_CHANNEL, type Step, step } from '../../../src/core/step.ts';
import { timestamp } from '../../../src/core/time.ts';
import { withUndo } from '../../../src/core/undo.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

t.test('digests', async (t) => {
  t.equal(sha256(''), 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (const bad of [
    '',
    'sha256:',
    `sha256:${'A'.repeat(64)}`,
    `md5:${'a'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}/`,
  ]) {
    t.notOk(isDigest(bad));
    t.throws(() => parseDigest(bad), /invalid digest/);
  }
});

t.test('ids are 64 hex digits, and never look like a number', async (t) => {
  for (let i = 0; i < 200; i++) t.match(newId(), /^(?=[0-9a-f]{0,11}[a-f])[0-9a-f]{64}$/);
});

t.test('timestamps are RFC 3339 with nanoseconds', async (t) => {
  t.equal(timestamp(1_000_000_000n), '1970-01-01T00:00:01Z');
  t.equal(timestamp(1_000_000_120n), '1970-01-01T00:00:01.00000012Z');
  t.equal(timestamp(-5_500_000_000n), '1969-12-31T23:59:54.5Z');
});

t.test('a document is replaced whole, and leaves no temporary file', async (t) => {
  const directory = t.testdir({});
  const path = join(directory, 'record');
  t.equal(readJson(path), undefined);
  writeJson(path, { a: 1 });
  writeJson(path, { a: 2 }, { durable: true });
  t.strictSame(readJson(path), { a: 2 });
  t.strictSame(readdirSync(directory), ['record']);
  writeFileSync(path, '{"a":');
  t.throws(() => readJson(path), { kind: 'internal', message: /damaged/ });
});

t.test('undo runs in reverse, and only on failure', async (t) => {
  const log: string[] = [];
  const operation = (fail: boolean) =>
    withUndo(async (undo) => {
      undo.push(() => void log.push('first'));
      undo.push(() => void log.push('second'));
      if (fail) throw new Error('no');
      return 'done';
    });
  t.equal(await operation(false), 'done');
  t.strictSame(log, []);
  await t.rejects(operation(true), /^no$/);
  t.strictSame(log, ['second', 'first']);
});

t.test('one at a time per key, others beside it', async (t) => {
  const lock = new KeyedLock();
  const log: string[] = [];
  const work = (key: string, name: string) =>
    lock.run(key, async () => {
      log.push(`${name} in`);
      await tick();
      log.push(`${name} out`);
      if (name === 'b') throw new Error('b failed');
    });
  const failing = work('k', 'b');
  await Promise.allSettled([failing, work('k', 'c'), work('other', 'd')]);
  t.ok(log.indexOf('b out') < log.indexOf('c in'), 'c waits for b, whatever became of it');
  t.ok(log.indexOf('d in') < log.indexOf('b out'), 'd does not');
});

t.test('no more at once than the limit', async (t) => {
  const limit = new Limit(2);
  let now = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++now);
    await tick();
    now--;
  };
  await Promise.all(Array.from({ length: 10 }, () => limit.run(work)));
  t.equal(most, 2);
});

t.test('a document written over in place', async (t) => {
  const path = join(t.testdir(), 'state');
  // Short, shorter, longer than a page, short again.
  for (const text of ['a'.repeat(3000), 'b', 'c'.repeat(10_000), 'd', 'ä'.repeat(2040), 'ä'.repeat(2048)]) {
    rewriteJson(path, { text });
    t.strictSame(readJson(path), { text }, `${text.length} × ${text[0]}`);
  }
  t.strictSame(readdirSync(dirname(path)), ['state']);
});

t.test('the last 256 events are kept, in order, with increasing times', async (t) => {
  const bus = new EventBus();
  const heard: string[] = [];
  const stop = bus.subscribe(({ action }) => heard.push(action));
  for (let i = 0; i < 300; i++) bus.publish('container', `a${i}`, 'id');
  stop();
  bus.publish('container', 'unheard', 'id');
  t.equal(heard.length, 300);
  const past = bus.past();
  t.equal(past.length, 256);
  t.equal(past.at(-1)?.action, 'unheard');
  t.ok(past.every((event, i) => i === 0 || event.timeNano > (past[i - 1]?.timeNano ?? 0n)));
});

t.test('steps tell their parent, their time and their error', async (t) => {
  const seen: Step[] = [];
  const listener = (message: unknown) => seen.push(message as Step);
  subscribe(STEP_CHANNEL, listener);
  t.teardown(() => unsubscribe(STEP_CHANNEL, listener));
  const failing = step('outer', { id: 1 }, async () => {
    await tick();
    await step('inner', {}, () => Promise.reject(new Error('broke')));
  });
  await t.rejects(failing, /broke/);
  const [outer, inner] = seen;
  t.strictSame(
    seen.map(({ name }) => name),
    ['outer', 'inner', 'inner', 'outer'],
  );
  t.equal(inner?.parent, outer);
  t.match(inner?.error, { message: 'broke' });
  t.ok(outer && inner && (inner.end ?? 0) <= (outer.end ?? 0) && inner.start >= outer.start);
});
