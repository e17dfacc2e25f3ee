/** Archives of ADD on real files: unpacked whatever their compression, and never out of the destination. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { copyAll, listing, request, tree } from './trees.ts';

if (process.getuid?.() !== 0) {
  t.plan(0, 'needs root');
  process.exit(0);
}
process.umask(0o022);

t.test('archives of ADD', async (t) => {
  const root = t.testdir();
  const source = tree(join(root, 'source'), { 'in/x/y': 'yes', 'plain.tar': 'no archive', 'empty.tar': '' });
  for (const [flag, name] of [
    ['-c', 'a.tar'],
    ['-cz', 'a.tgz'],
    ['-cj', 'a.tbz'],
    ['-cJ', 'a.txz'],
  ]) {
    execFileSync('tar', ['-C', join(source, 'in'), `${flag}f`, join(source, name ?? ''), 'x']);
  }
  for (const name of ['a.tar', 'a.tgz', 'a.tbz', 'a.txz']) {
    const target = tree(join(root, `target-${name}`), {});
    mkdirSync(target);
    const asked = request(source, target, { sources: [name], to: '/to' });
    await copyAll({ ...asked, sources: asked.sources.map((from) => ({ ...from, unpack: true })) });
    t.same(listing(target), { 'to/': '', 'to/x/': '', 'to/x/y': 'yes' }, name);
  }
  const target = join(root, 'target-plain');
  mkdirSync(target);
  const asked = request(source, target, { sources: ['plain.tar', 'empty.tar'], to: '/' });
  await copyAll({ ...asked, sources: asked.sources.map((from) => ({ ...from, unpack: true })) });
  t.same(listing(target), { 'plain.tar': 'no archive', 'empty.tar': '' }, 'what is no archive is copied');
});

t.test('an archive of ADD leads nowhere', async (t) => {
  const root = t.testdir({ outside: { keep: 'safe' }, target: {} });
  const source = join(root, 'source');
  mkdirSync(source);
  execFileSync('python3', ['-c', EVIL, join(source, 'evil.tar')]);
  const asked = request(source, join(root, 'target'), { sources: ['evil.tar'], to: '/d/' });
  const copy = copyAll({ ...asked, sources: asked.sources.map((from) => ({ ...from, unpack: true })) });
  await copy.catch(() => {});
  t.same(listing(join(root, 'outside')), { keep: 'safe' });
  t.notOk(existsSync(join(root, 'target/escaped')));
});

const EVIL = `
import sys, tarfile, io
archive = tarfile.open(sys.argv[1], 'w')
def link(name, target):
    info = tarfile.TarInfo(name); info.type = tarfile.SYMTYPE; info.linkname = target; archive.addfile(info)
def file(name):
    info = tarfile.TarInfo(name); info.size = 4; archive.addfile(info, io.BytesIO(b'evil'))
link('l', '../../outside')
file('l/keep')
link('up', '..')
file('up/escaped')
file('../escaped')
`;
