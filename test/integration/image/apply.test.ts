/** What a layer's directories and files look like once they are unpacked, where the order of things could spoil it. */
import { globSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { LayerWriter } from '../../../src/image/layer/apply.ts';
import { archiveToFile } from '../../../src/image/layer/archive.ts';
import { DEFAULT_LIMITS } from '../../../src/image/layer/limits.ts';
import { TarReader } from '../../../src/image/tar/reader.ts';
import { requires } from '../../harness/requires.ts';
import { base256, block, type Header, pax, tar } from './tar-bytes.ts';

const skip = requires('root');

function unpack(root: string, ...entries: (Buffer | Header)[]) {
  const directory = join(root, 'layer');
  mkdirSync(directory);
  const writer = new LayerWriter(directory, DEFAULT_LIMITS);
  const reader = new TarReader(writer);
  reader.push(tar(...entries));
  reader.finish(true);
  writer.finish();
  writer.close();
  const stat = (path: string) => lstatSync(join(directory, path));
  return { stat, time: (path: string) => stat(path).mtimeMs / 1000 };
}

const directory = (name: string, mtime: number): Header => ({ name, type: '5', mtime });
const file = (name: string): Header => ({ name, data: 'x' });

t.test('directories keep the times that the archive gives them', { skip }, async (t) => {
  // More than are held open at a time, and each is come back to.
  const many = Array.from({ length: 100 }, (_, i) => `d${i}`);
  const { time } = unpack(
    t.testdir(),
    directory('./', 1000),
    ...many.map((name, i) => directory(name, 2000 + i)),
    ...many.map((name) => file(`${name}/first`)),
    ...many.map((name) => file(`${name}/second`)),
  );
  t.equal(time(''), 1000);
  for (const [i, name] of many.entries()) t.equal(time(name), 2000 + i, name);
});

t.test('… also when they are reached through a link, or named again', { skip }, async (t) => {
  const { time } = unpack(
    t.testdir(),
    directory('usr', 10),
    directory('usr/lib', 20),
    { name: 'lib', type: '2', linkName: 'usr/lib' },
    { name: 'all', type: '2', linkName: '.' },
    file('usr/lib/a'),
    file('lib/b'),
    file('usr/lib/c'),
    file('all/usr/lib/d'),
    directory('late', 30),
    file('late/a'),
    directory('late', 40),
    file('late/b'),
    directory('epoch', 0),
    { name: 'also', type: '2', linkName: 'epoch' },
    file('epoch/a'),
    file('also/b'),
  );
  t.same(['usr', 'usr/lib', 'late', 'epoch'].map(time), [10, 20, 40, 0]);
});

t.test(
  'a time that 64 bits of nanoseconds do not hold is that of 1970, as in Docker; what is none is refused',
  { skip },
  async (t) => {
    const times: [string, number][] = [
      ['99999999999999', 0],
      ['9223372036854775807', 0],
      ['-99999999999999', 0],
      ['-0.5', -0.5],
      ['9223372037', 0],
      ['9223372036', 9_223_372_036],
      ['+5', 5],
      ['1.', 1],
    ];
    const timed = times.flatMap(([mtime], i) => [pax([['mtime', mtime]]), file(`${i}`)]);
    const { time } = unpack(t.testdir(), ...timed, {
      ...file('header'),
      mtime: base256(99_999_999_999_999n, 12),
    });
    for (const [i, [mtime, expected]] of times.entries()) t.equal(time(`${i}`), expected, mtime);
    t.equal(time('header'), 0);
    for (const none of ['abc', '9223372036854775808', '.5'])
      t.throws(() => unpack(t.testdir(), pax([['mtime', none]]), file('x')), /invalid record in a pax/, none);
  },
);

t.test('a directory that hands on its group does not do so here', { skip }, async (t) => {
  const { stat } = unpack(
    t.testdir(),
    { name: 'shared', type: '5', mode: 0o2775, gid: 50 },
    { name: 'shared/file', data: 'x', mode: 0o4755 },
    { name: 'shared/directory', type: '5' },
    { name: 'shared/link', type: '2', linkName: 'file' },
    { name: 'shared/fifo', type: '6' },
  );
  for (const name of ['file', 'directory', 'link', 'fifo']) t.equal(stat(`shared/${name}`).gid, 0, name);
  t.equal(stat('shared').mode & 0o7777, 0o2775);
  t.equal(stat('shared/file').mode & 0o7777, 0o4755);
  t.equal(stat('shared/directory').mode & 0o7777, 0o755);
});

t.test('memory does not grow with the number of directories', { skip }, async (t) => {
  const root = join(t.testdir(), 'layer');
  mkdirSync(root);
  const writer = new LayerWriter(root, DEFAULT_LIMITS);
  const reader = new TarReader(writer);
  const push = (count: number, prefix: string) => {
    for (let i = 0; i < count; i++) reader.push(block({ name: `${prefix}${i}`.padEnd(99, 'x'), type: '5' }));
  };
  push(1000, 'a');
  const before = heapUsed();
  push(5000, 'b');
  const growth = (heapUsed() - before) / 5000;
  t.ok(growth < 80, `${growth} bytes for each`);
  writer.close();
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

t.test('the next layer is archived by the same thread, also after a failure', { skip }, async (t) => {
  const directory = t.testdir({ layer: { file: 'x' } });
  const archive = (name: string, layer = 'layer') =>
    archiveToFile({ directory: join(directory, layer), whiteouts: true }, join(directory, name));
  const threads = () =>
    globSync('/proc/self/task/*/comm').filter((path) => readFileSync(path, 'utf8') === 'WorkerThread\n');
  const first = await archive('1.tar');
  const kept = threads();
  t.equal(kept.length, 1);
  await t.rejects(archive('2.tar', 'nowhere'), { message: /ENOENT/ });
  t.same(await archive('3.tar'), first);
  t.same(threads(), kept);
});
