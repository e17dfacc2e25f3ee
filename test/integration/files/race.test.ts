/**
 * Copying in and out of a tree that its owner turns against us meanwhile: a directory becomes a link to the host and
 * back, thousands of times a second. Nothing outside the tree may be read or changed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FileThreads } from '../../../src/daemon/container/files/threads.ts';
import { END_OF_ARCHIVE, encodeEntry } from '../../../src/image/tar/encode.ts';
import type { TarEntry } from '../../../src/image/tar/header.ts';
import { TarReader } from '../../../src/image/tar/reader.ts';
import { O } from '../../../src/kernel/path.ts';
import { requires } from '../../harness/requires.ts';
import { fingerprint } from '../image/tree.ts';
import { feed, read } from './feed.ts';

const ROUNDS = 300;

t.test('a container that swaps directories for links', { skip: requires('root') }, async (t) => {
  const base = t.testdir({
    canary: { 'secret-file': 'host', victim: 'host' },
    root: { race: { inside: 'own' } },
  });
  const [canary, directory] = [join(base, 'canary'), join(base, 'root')];
  chmodSync(join(canary, 'victim'), 0o600);
  const before = fingerprint(canary);
  const threads = new FileThreads();
  const fd = openSync(directory, O.PATH | O.DIRECTORY);
  const hostile = fork(join(import.meta.dirname, 'swapper.ts'), [directory, canary], { silent: true });
  const ended = once(hostile, 'exit');
  t.teardown(async () => {
    hostile.kill('SIGKILL');
    closeSync(fd);
    await threads.close();
  });
  await once(hostile.stdout ?? hostile, 'data');

  const names = new Set<string>();
  let done = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const got = await read(threads, { root: { fd }, path: '/race/.' }).catch(() => undefined);
    if (got) for (const name of entryNames(got)) names.add(name);
    const put = { root: { fd }, path: '/race', keepKinds: false };
    await feed(threads, put, archive(round)).then(
      () => done++,
      () => {},
    );
  }
  hostile.kill('SIGKILL');
  const [, signal] = await ended;
  t.equal(signal, 'SIGKILL', 'it has swapped to the end');
  t.ok(done > 0, `${done} of ${ROUNDS} went through`);
  t.notOk(
    [...names].some((name) => name.includes('secret-file')),
    'nothing of the host was read',
  );
  t.strictSame(fingerprint(canary), before, 'nothing of the host was changed');
});

t.test('two copies of one tree at once', { skip: requires('root') }, async (t) => {
  const directory = t.testdir({});
  const threads = new FileThreads();
  const fd = openSync(directory, O.PATH | O.DIRECTORY);
  t.teardown(async () => {
    closeSync(fd);
    await threads.close();
  });
  const faults: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    const put = { root: { fd }, path: '/', keepKinds: true };
    const copy = () => feed(threads, put, treeOf(`tree${round}`)).catch((error) => faults.push(error));
    await Promise.all([copy(), copy()]);
  }
  t.same(faults, []);
});

/** Directories that are named, some that are not, files, links. */
function treeOf(root: string): Buffer {
  const attributes = {
    uid: 0,
    gid: 0,
    major: 0,
    minor: 0,
    mtime: 1n,
    xattrs: new Map(),
    mode: 0o755,
    size: 0,
  };
  const entry = (type: TarEntry['type'], name: string, linkName = '') =>
    encodeEntry({ ...attributes, type, name: `${root}/${name}`, linkName });
  const below = (i: number) => [
    entry('directory', `d${i}`),
    entry('file', `d${i}/file`),
    entry('file', `e${i}/unnamed/file`),
    entry('symlink', `l${i}`, 'anywhere'),
  ];
  return Buffer.concat([...Array.from({ length: 50 }, (_, i) => below(i)).flat(), END_OF_ARCHIVE]);
}

/** Replaces what the canary has, deletes a directory of that name, makes others: whatever could hurt. */
function archive(round: number): Buffer {
  const attributes = { linkName: '', uid: 7, gid: 7, major: 0, minor: 0, mtime: 1n, xattrs: new Map() };
  const entry = (type: TarEntry['type'], name: string) =>
    encodeEntry({ ...attributes, type, name, mode: 0o4777, size: 0 });
  return Buffer.concat([
    entry(round % 2 ? 'file' : 'directory', 'victim'),
    entry('directory', 'deep/'),
    entry('file', 'deep/secret'),
    entry(round % 2 ? 'directory' : 'file', 'deep'),
    entry('fifo', 'new'),
    END_OF_ARCHIVE,
  ]);
}

function entryNames(archived: Buffer): string[] {
  const names: string[] = [];
  const reader = new TarReader({ begin: ({ name }) => names.push(name), data: () => {}, end: () => {} });
  reader.push(archived);
  return names;
}
