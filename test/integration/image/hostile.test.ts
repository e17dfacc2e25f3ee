/**
 * Archives that mean harm. Whatever they hold: nothing outside the layer changes, nothing half-made stays, and a
 * refusal says why. What is merely odd is unpacked inside the layer.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { sha256 } from '../../../src/core/digest.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/image/layer/limits.ts';
import { createUnpacker } from '../../../src/image/layer/unpack.ts';
import { LayerStore } from '../../../src/image/layer-store.ts';
import { requires } from '../../harness/requires.ts';
import { CASES, LIMITS } from './hostile-archives.ts';
import { type Header, pax, tar } from './tar-bytes.ts';

const skip = requires('root', 'overlay');

t.test('hostile archives', { skip }, async (t) => {
  const unpacker = createUnpacker(1);
  t.teardown(() => unpacker.close());
  for (const { name, bytes, blob = bytes, refused, inside = [], absent = [] } of CASES) {
    await t.test(name, async (t) => {
      const { store, unpack, tree, before } = site(
        t.testdir({ canary: { file: 'untouched' } }),
        unpacker,
        bytes,
      );
      const outcome = await unpack(blob).then(
        () => undefined,
        (error: unknown) => messageOf(error),
      );
      t.same(tree(), before, 'the canary is untouched');
      if (refused) {
        t.match(outcome, refused);
        t.same(store.left(), [], 'nothing half-made stays');
        return;
      }
      t.equal(outcome, undefined);
      for (const path of inside) t.ok(store.has(path), `${path} is in the layer`);
      for (const path of absent) t.notOk(store.has(path), `${path} is not in the layer`);
    });
  }
});

const directory = (name: string): Header => ({ name, type: '5' });
const file = (name: string, data = ''): Header => ({ name, data });
const symlink = (name: string, linkName: string): Header => ({ name, type: '2', linkName });

t.test('cut at every 512th byte', { skip }, async (t) => {
  const unpacker = createUnpacker(1);
  t.teardown(() => unpacker.close());
  const whole = tar(
    directory('d'),
    file('d/a', 'x'.repeat(1500)),
    pax([['mtime', '1.5']]),
    file('d/b'),
    symlink('s', 'd'),
  );
  const { unpack, tree, store, before } = site(t.testdir({ canary: { file: 'untouched' } }), unpacker, whole);
  for (let length = 0; length < whole.length; length += 512) {
    await t.rejects(unpack(whole.subarray(0, length)), { name: 'EngineError' }, `after ${length} bytes`);
    await t.rejects(unpack(gzipSync(whole.subarray(0, length))), { name: 'EngineError' });
  }
  t.same(store.left(), [], 'nothing half-made stays');
  t.same(tree(), before, 'the canary is untouched');
  await t.resolves(unpack(whole));
});

type Unpacker = ReturnType<typeof createUnpacker>;

/** `<dir>/canary` beside `<dir>/layers/<chain>/diff`: three steps up from the layer's root, as UP says. */
function site(root: string, unpacker: Unpacker, bytes: Buffer) {
  const layers = join(root, 'layers');
  const store = new LayerStore(layers, unpacker);
  const diffId = sha256(bytes);
  const diff = Buffer.from(`${store.diff(diffId)}/`);
  const canary = join(root, 'canary');
  mkdirSync(canary, { recursive: true });
  const tree = () => [snapshot(canary), snapshot('/etc/passwd'), readdirSync(root).sort()];
  const blob = join(root, 'blob');
  writeFileSync(blob, '');
  const unpack = (data: Buffer) => {
    writeFileSync(blob, data);
    return store.ensure({ chainId: diffId, diffId, blob, limits: LIMITS });
  };
  const has = (path: string) => {
    try {
      return lstatSync(Buffer.concat([diff, Buffer.from(path, 'latin1')])) !== undefined;
    } catch {
      return false;
    }
  };
  const left = () => readdirSync(layers).filter((name) => name !== 'l' && name !== 'empty');
  return { store: { has, left }, unpack, tree, before: tree() };
}

/** Everything about a file or directory that an unpacked archive could have changed. */
function snapshot(path: string): unknown {
  const { mode, uid, gid, size, mtimeMs, ctimeMs, ino, nlink } = statSync(path);
  const facts = [path, mode, uid, gid, size, mtimeMs, ctimeMs, ino, nlink];
  if (statSync(path).isDirectory())
    return [facts, readdirSync(path).map((name) => snapshot(join(path, name)))];
  return [facts, createHash('sha256').update(readFileSync(path)).digest('hex')];
}

t.test('the limits that are in force by default', async (t) => {
  t.ok(DEFAULT_LIMITS.ratio < 1030, 'gzip cannot pack better than 1030:1: a bomb is caught below that');
});

t.test('a fault of zlib, many times over with the same threads', { skip }, async (t) => {
  const unpacker = createUnpacker(1);
  t.teardown(() => unpacker.close());
  const bytes = tar(file('x'));
  const { unpack, store } = site(t.testdir({ canary: {} }), unpacker, bytes);
  const wrong = Buffer.concat([gzipSync(bytes).subarray(0, -8), Buffer.alloc(8, 1)]);
  for (let i = 0; i < 100; i++) await t.rejects(unpack(wrong), { message: 'incorrect data check' });
  t.same(store.left(), []);
});
