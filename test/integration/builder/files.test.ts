/** Finding, hashing and copying on real files: Docker's checksums, its rules for destinations, and no way out. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openBuildFiles } from '../../../src/image/builder/files/files.ts';
import { combine } from '../../../src/image/builder/files/sum.ts';
import { type Asked, copyAll, find, listing, request, tree } from './trees.ts';

if (process.getuid?.() !== 0) {
  t.plan(0, 'needs root');
  process.exit(0);
}
process.umask(0o022);

const CONTEXT = {
  'a.txt': 'hello\n',
  'sub/b.txt': 'b\n',
  'sub/link@': '../a.txt',
  'sub/deep/c.txt': 'c\n',
};

t.test("checksums are those of Docker's classic builder", async (t) => {
  const root = tree(t.testdir(), CONTEXT);
  t.match(find(root, ['a.txt']), [
    { hash: 'file:679c43c79a56cffbb3b002bda3050542c152a2f09757a0f1a9578871f7cda00d', name: 'a.txt' },
  ]);
  t.match(find(root, ['sub']), [
    { hash: 'dir:7588917c44bde823ebed61c9c4aa5e55b277a24c3addf72a6251377e63a813ac', directory: true },
  ]);
  const several = find(root, ['a*.txt', './sub/b.txt']).map(({ hash }) => hash);
  t.equal(
    combine('multi', several),
    'multi:aff1642ddb49a2c2a02a7657f0fcdbf179e76e46cf6597119d64ee13020bf332',
  );
});

t.test('what a checksum depends on', async (t) => {
  const root = tree(t.testdir(), { 'd/f': 'x' });
  const file = join(root, 'd/f');
  const hash = () => find(root, ['d'])[0]?.hash;
  const first = hash();
  utimesSync(file, 1, 1);
  t.equal(hash(), first, 'not the time');
  chmodSync(file, 0o600);
  const second = hash();
  t.not(second, first, 'the mode');
  chownSync(file, 5, 5);
  t.not(hash(), second, 'the owner');
});

t.test('sources', async (t) => {
  const root = tree(t.testdir(), {
    ...CONTEXT,
    'w1/x.c': '1',
    'w2/x.c': '2',
    'w2/y.h': '3',
    'to-sub@': 'sub',
    'out@': '/etc/passwd',
    'up@': '../../../../../../etc/passwd',
  });
  const names = (sources: string[], exclude?: string[]) =>
    find(root, sources, exclude).map(({ written }) => written);
  t.same(names(['w*/x.c']), ['w1/x.c', 'w2/x.c']);
  t.same(names(['/w?/*.[ch]']), ['w1/x.c', 'w2/x.c', 'w2/y.h']);
  t.same(names(['w2/*'], ['*.h']), ['w2/x.c']);
  t.same(names(['nothing*']), []);
  t.same(
    find(root, ['to-sub']).map(({ path, name, directory }) => [path, name, directory]),
    [['sub', 'to-sub', true]],
  );
  t.same(
    find(root, ['.']).map(({ path, directory }) => [path, directory]),
    [['', true]],
  );
  t.throws(() => find(root, ['out']), { message: /stat out: file does not exist/ }, 'a link cannot lead out');
  t.throws(() => find(root, ['up']), { message: /file does not exist/ });
  t.throws(() => find(root, ['../x']), { message: 'forbidden path outside the build context: ../x ()' });
  t.throws(() => find(root, ['gone']), {
    message: 'file not found in build context or excluded by .dockerignore: stat gone: file does not exist',
  });
});

interface Row extends Asked {
  expect: Record<string, string>;
}

const TARGET = { 'dir/': '', file: 'old', 'run@': 'var/run', 'var/run/': '', 'abs@': '/var' };
const KEPT = { abs: '-> /var', 'dir/': '', file: 'old', run: '-> var/run', 'var/': '', 'var/run/': '' };

const ROWS: [string, Row][] = [
  ['a file to a new name', { sources: ['a.txt'], to: '/new', expect: { new: 'hello\n' } }],
  ['a file over a file', { sources: ['a.txt'], to: '/file', expect: { file: 'hello\n' } }],
  [
    'a file into a directory that is there',
    { sources: ['a.txt'], to: '/dir', expect: { 'dir/a.txt': 'hello\n' } },
  ],
  [
    'a file into a directory that is not',
    { sources: ['a.txt'], to: '/n/m/', expect: { 'n/': '', 'n/m/': '', 'n/m/a.txt': 'hello\n' } },
  ],
  ['a file through a link', { sources: ['a.txt'], to: '/run/', expect: { 'var/run/a.txt': 'hello\n' } }],
  ['a file through an absolute link', { sources: ['a.txt'], to: '/abs/x', expect: { 'var/x': 'hello\n' } }],
  [
    'the content of a directory',
    {
      sources: ['sub'],
      to: '/dir',
      expect: { 'dir/b.txt': 'b\n', 'dir/link': '-> ../a.txt', 'dir/deep/': '', 'dir/deep/c.txt': 'c\n' },
    },
  ],
  [
    'several',
    { sources: ['a.txt', 'sub/b.txt'], to: '/dir/', expect: { 'dir/a.txt': 'hello\n', 'dir/b.txt': 'b\n' } },
  ],
  ['a link is its target', { sources: ['sub/link'], to: '/l', expect: { l: 'hello\n' } }],
  ['to the root', { sources: ['sub/deep'], to: '/', expect: { 'c.txt': 'c\n' } }],
  [
    'with excludes',
    {
      sources: ['sub'],
      to: '/dir',
      exclude: ['**/*.txt', '!deep/c.txt'],
      expect: { 'dir/link': '-> ../a.txt', 'dir/deep/': '', 'dir/deep/c.txt': 'c\n' },
    },
  ],
  [
    'a directory left out whole',
    { sources: ['sub'], to: '/dir', exclude: ['deep', 'link'], expect: { 'dir/b.txt': 'b\n' } },
  ],
  [
    'with parents',
    {
      sources: ['sub/deep/c.txt'],
      to: '/dir/',
      parents: true,
      expect: { 'dir/sub/': '', 'dir/sub/deep/': '', 'dir/sub/deep/c.txt': 'c\n' },
    },
  ],
];

t.test('destinations', async (t) => {
  for (const [title, row] of ROWS) {
    const root = tree(t.testdir(), {});
    const source = tree(join(root, 'source'), CONTEXT);
    const target = tree(join(root, 'target'), TARGET);
    await copyAll(request(source, target, row));
    t.same(listing(target), { ...KEPT, ...row.expect }, title);
  }
});

t.test('what cannot be', async (t) => {
  const root = t.testdir();
  const source = tree(join(root, 'source'), { ...CONTEXT, 'd/file/x': '1' });
  const target = tree(join(root, 'target'), TARGET);
  const copy = (row: Asked) => copyAll(request(source, target, row));
  await t.rejects(copy({ sources: ['a.txt'], to: '/file/x' }), {
    message: 'cannot copy to non-directory: /file',
  });
  await t.rejects(copy({ sources: ['sub'], to: '/file' }), {
    message: 'cannot copy to non-directory: /file',
  });
  await t.rejects(copy({ sources: ['d'], to: '/' }), { message: 'cannot copy to non-directory: file' });
});

t.test('a trap in the target leads nowhere', async (t) => {
  const root = t.testdir({ outside: { keep: 'safe' } });
  const source = tree(join(root, 'source'), { 'd/x': 'evil', 'd/in/keep': 'evil' });
  const target = tree(join(root, 'target'), { 'x@': '../outside/keep', 'in@': '../outside' });
  const copy = (sources: string[], to: string) => copyAll(request(source, target, { sources, to }));
  await copy(['d/x'], '/x');
  t.equal(
    readFileSync(join(target, 'outside/keep'), 'utf8'),
    'evil',
    'the link leads to a place in the target',
  );
  await t.rejects(copy(['d'], '/'), { message: 'cannot copy to non-directory: in' });
  t.same(listing(join(root, 'outside')), { keep: 'safe' });
});

t.test('owner, mode, times, links, attributes', async (t) => {
  const root = t.testdir();
  const source = tree(join(root, 'source'), { 'd/f': 'x', 'd/s/': '' });
  const target = tree(join(root, 'target'), { 'there/': '' });
  chownSync(join(source, 'd/f'), 7, 8);
  chmodSync(join(source, 'd/f'), 0o4751);
  linkSync(join(source, 'd/f'), join(source, 'd/s/g'));
  execFileSync('mkfifo', [join(source, 'd/p')]);
  execFileSync('python3', [
    '-c',
    `import os;os.setxattr(${JSON.stringify(join(source, 'd/f'))},'user.k',b'v')`,
  ]);
  utimesSync(join(source, 'd/f'), 1000.25, 1000.25);
  utimesSync(join(source, 'd/s'), 2000, 2000);
  const base = request(source, target, { sources: ['d'], to: '/there' });
  await copyAll({ ...base, owner: undefined });
  const copied = statSync(join(target, 'there/f'));
  t.same(
    [copied.uid, copied.gid, copied.mode & 0o7777, copied.mtimeMs, copied.nlink],
    [7, 8, 0o4751, 1000250, 2],
  );
  t.equal(statSync(join(target, 'there/s/g')).ino, copied.ino, 'a file with two names stays one');
  t.equal(statSync(join(target, 'there/s')).mtimeMs, 2_000_000);
  t.ok(lstatSync(join(target, 'there/p')).isFIFO());
  const value = execFileSync('python3', [
    '-c',
    `import os;print(os.getxattr(${JSON.stringify(join(target, 'there/f'))},'user.k'))`,
  ]);
  t.equal(value.toString().trim(), "b'v'");

  await copyAll({ ...base, owner: { uid: 3, gid: 4 }, chmod: 'u=rwX,go=' });
  const again = statSync(join(target, 'there/f'));
  t.same([again.uid, again.gid, again.mode & 0o7777], [3, 4, 0o700]);
  t.equal(statSync(join(target, 'there')).uid, 0, 'the directory that was there stays as it was');
  await t.rejects(copyAll({ ...base, chmod: '999' }), { message: /invalid chmod parameter: '999'/ });
});

t.test('work that nobody wants any more ends in the middle of a file', async (t) => {
  const root = t.testdir({ target: {} });
  const source = tree(join(root, 'source'), { hole: '' });
  // Of holes: it takes no room, and would take hours to be read.
  truncateSync(join(source, 'hole'), 2 ** 42);
  const files = openBuildFiles();
  t.teardown(() => files.close());
  const soon = () => AbortSignal.timeout(50);
  const asked = { root: source, sources: ['hole'], exclude: [], wildcards: true, isContext: true };
  await t.rejects(files.find(asked, soon()), { message: 'the build was cancelled' });
  const found = { path: 'hole', name: 'hole', written: 'hole', directory: false, hash: '', links: [] };
  const copy = { ...request(source, join(root, 'target'), { sources: [], to: '/' }) };
  await t.rejects(files.copy({ ...copy, sources: [{ root: source, found, unpack: false }] }, soon()), {
    message: 'the build was cancelled',
  });
  t.equal((await files.find({ ...asked, sources: ['*x'] }, soon())).length, 0, 'the thread goes on');
});
