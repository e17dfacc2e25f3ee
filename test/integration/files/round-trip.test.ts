/** A tree with everything that a Linux file system can hold goes out as an archive and comes back the same. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FileThreads } from '../../../src/daemon/container/files/threads.ts';
import { mknodAt, S } from '../../../src/kernel/node.ts';
import { O } from '../../../src/kernel/path.ts';
import { setXattr } from '../../../src/kernel/xattr.ts';
import { requires } from '../../harness/requires.ts';
import { fingerprint } from '../image/tree.ts';
import { feed, read } from './feed.ts';

t.test('out and in', { skip: requires('root') }, async (t) => {
  const base = t.testdir({ from: {}, into: {} });
  const [from, into] = [join(base, 'from'), join(base, 'into')];
  makeTree(join(from, 'tree'));
  const threads = new FileThreads();
  const [source, target] = [openSync(from, O.PATH), openSync(into, O.PATH)];
  t.teardown(async () => {
    closeSync(source);
    closeSync(target);
    await threads.close();
  });
  const archive = await read(threads, { root: { fd: source }, path: '/tree' });
  await feed(threads, { root: { fd: target }, path: '/', keepKinds: true }, archive);

  t.strictSame(fingerprint(join(into, 'tree')), fingerprint(join(from, 'tree')), 'the same tree');
  t.ok(lstatSync(join(into, 'tree/sparse')).blocks < 1000, 'holes stay holes');
  t.ok(archive.length < 2_000_000, 'and do not travel');

  const listed = execFileSync('tar', ['tv'], { input: archive, encoding: 'utf8' });
  t.match(listed, 'tree/hard link to tree/file', 'GNU tar reads it');
  t.match(listed, /268435466 .* tree\/sparse/, 'with its sparse files');
  execFileSync('tar', ['x', '-C', base, 'tree/hole', 'tree/sparse'], { input: archive });
  for (const name of ['tree/hole', 'tree/sparse'])
    t.equal(lstatSync(join(base, name)).size, lstatSync(join(from, name)).size, `${name}, whole`);

  await feed(threads, { root: { fd: target }, path: '/', keepKinds: false }, archive);
  t.strictSame(fingerprint(join(into, 'tree')), fingerprint(join(from, 'tree')), 'again, over what is there');
});

function makeTree(root: string): void {
  mkdirSync(join(root, 'sub/deep'), { recursive: true });
  writeFileSync(join(root, 'file'), 'content');
  linkSync(join(root, 'file'), join(root, 'hard'));
  chownSync(join(root, 'file'), 1234, 5_000_000);
  chmodSync(join(root, 'file'), 0o6751);
  symlinkSync('/etc/passwd', join(root, 'absolute'));
  symlinkSync('../nowhere', join(root, 'dangling'));
  writeFileSync(join(root, `${'long-'.repeat(40)}name`), 'x');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/not-utf8-`), Buffer.from([0xff, 0xfe, 0x0a])]), 'y');
  makeSparse(join(root, 'sparse'));
  truncateSync(makeFile(join(root, 'hole')), 1 << 20);
  const fd = openSync(root, O.PATH);
  mknodAt(fd, 'pipe', S.IFIFO | 0o600);
  mknodAt(fd, 'device', S.IFCHR | 0o600, 1, 3);
  closeSync(fd);
  const file = openSync(join(root, 'hard'), O.PATH);
  setXattr(file, 'user.note', Buffer.from([0, 1, 0x0a, 0x3d]));
  setXattr(file, 'security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex'));
  closeSync(file);
  chmodSync(join(root, 'sub'), 0o1750);
  utimesSync(join(root, 'sub/deep'), 1, 981173106.789);
  utimesSync(join(root, 'sub'), 1, 5);
}

function makeFile(path: string): string {
  writeFileSync(path, '');
  return path;
}

/** Data at the beginning, in the middle and at the end. */
function makeSparse(path: string): void {
  const fd = openSync(makeFile(path), 'r+');
  for (const at of [0, 100 << 20, 256 << 20]) writeSync(fd, 'data data\n', at);
  closeSync(fd);
}
