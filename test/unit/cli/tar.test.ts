// Archives both ways: what is packed comes out the same, and a hostile archive gets nowhere.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { extractTree } from '../../../src/cli/tar/extract.ts';
import { encodeHeader, type Header } from '../../../src/cli/tar/header.ts';
import { endOfArchive, packText, packTree } from '../../../src/cli/tar/pack.ts';

const long = 'x'.repeat(150);

t.test('a tree survives packing and unpacking, and GNU tar reads it', async (t) => {
  const out = t.testdir({
    in: {
      a: 'hello',
      empty: '',
      sub: { b: Buffer.alloc(70_000, 'b') },
      [long]: { [long]: 'deep' },
      ünï: 'x',
    },
    gnu: {},
    own: {},
  });
  const root = join(out, 'in');
  symlinkSync('a', join(root, 'link'));
  linkSync(join(root, 'a'), join(root, 'hard'));
  const archive = await collect(packTree({ source: root, name: 'tree' }));

  await extractTree(pieces(archive), { target: join(out, 'own/tree'), owners: false });
  execFileSync('tar', ['-x', '-C', join(out, 'gnu')], { input: archive });
  for (const copy of [join(out, 'own/tree'), join(out, 'gnu/tree')]) {
    t.strictSame(readdirSync(copy).sort(), readdirSync(root).sort());
    t.equal(readFileSync(join(copy, long, long), 'utf8'), 'deep');
    t.ok(readFileSync(join(copy, 'sub/b')).equals(Buffer.alloc(70_000, 'b')));
    t.equal(readlinkSync(join(copy, 'link')), 'a');
    t.equal(statSync(join(copy, 'hard')).ino, statSync(join(copy, 'a')).ino, 'still one file');
    t.equal(
      Math.trunc(statSync(join(copy, 'sub')).mtimeMs / 1000),
      Math.trunc(statSync(join(root, 'sub')).mtimeMs / 1000),
    );
  }
});

t.test('archives of GNU tar and bsdtar dialects are read', async (t) => {
  const root = t.testdir({ in: { [long]: 'deep', b: 'b' }, out: {} });
  for (const format of ['gnu', 'pax', 'ustar', 'v7']) {
    const names = format === 'v7' || format === 'ustar' ? ['b'] : ['b', long];
    const archive = execFileSync('tar', [
      '-c',
      `--format=${format}`,
      '-C',
      join(root, 'in'),
      '--transform',
      's,^,top/,',
      ...names,
    ]);
    await extractTree(pieces(archive), { target: join(root, 'out', format), owners: false }).catch((error) =>
      t.fail(format, error),
    );
    t.strictSame(readdirSync(join(root, 'out', format)).sort(), names.sort(), format);
  }
});

t.test('files with holes', async (t) => {
  const root = t.testdir({ in: {}, out: {} });
  const file = join(root, 'in/f');
  const [small, large] = [Buffer.alloc(100, 'a'), Buffer.alloc(300_000, 'b')];
  const fd = openSync(file, 'w');
  writeSync(fd, small, 0, small.length, 0);
  writeSync(fd, large, 0, large.length, 1_000_000);
  ftruncateSync(fd, 3_000_000);
  closeSync(fd);
  const archive = execFileSync('tar', ['-cS', '--format=posix', '-C', join(root, 'in'), '.']);
  t.ok(archive.length < 400_000, 'the archive has none');
  for (const size of [77, 512, 100_000]) {
    const target = join(root, 'out', String(size));
    await extractTree(pieces(archive, size), { target, owners: false });
    t.ok(readFileSync(join(target, 'f')).equals(readFileSync(file)), `read in pieces of ${size}`);
  }
});

t.test('what is left out stays out', async (t) => {
  const root = t.testdir({ keep: 'k', drop: 'd', folder: { keep: 'k', drop: 'd' } });
  const keep = (path: string) => !path.includes('drop') && path !== 'folder';
  const archive = await collect(
    packTree({ source: root, name: '.', keep, enter: (path) => path === 'folder' }),
  );
  const listed = execFileSync('tar', ['-t'], { input: archive, encoding: 'utf8' });
  t.equal(listed, './\nfolder/keep\nkeep\n');
});

t.test('an archive cannot write outside its target', async (t) => {
  const rows: [string, Buffer[], RegExp][] = [
    ['dot-dot', [packText('top/../../evil', Buffer.from('x'), 0)], /invalid path/],
    [
      'through a link',
      [
        entry('top/', 'directory'),
        entry('top/l', 'symlink', '..'),
        packText('top/l/evil', Buffer.from('x'), 0),
      ],
      /through the link/,
    ],
    [
      'through a link that is the root',
      [entry('top', 'symlink', '/tmp'), packText('top/evil', Buffer.from('x'), 0)],
      /through the link|non-directory/,
    ],
    [
      'hard link outside',
      [entry('top/', 'directory'), entry('top/h', 'hardlink', 'top/../../canary')],
      /invalid path/,
    ],
    [
      'hard link through a link',
      [
        entry('top/', 'directory'),
        entry('top/l', 'symlink', '..'),
        entry('top/h', 'hardlink', 'top/l/canary'),
      ],
      /through the link/,
    ],
    ['a device', [entry('top/', 'directory'), Buffer.concat([device('top/d')])], /cannot copy/],
    ['broken off', [packText('top', Buffer.alloc(5000), 0).subarray(0, 1024)], /unexpected EOF/],
    ['not an archive', [Buffer.alloc(1024, 'x')], /invalid/],
  ];
  for (const [what, blocks, problem] of rows) {
    const root = t.testdir({ canary: 'alive', out: {} });
    const archive = Buffer.concat([...blocks, what === 'broken off' ? Buffer.alloc(0) : endOfArchive()]);
    await t.rejects(
      extractTree(pieces(archive), { target: join(root, 'out/top'), owners: false }),
      { message: problem },
      what,
    );
    t.equal(readFileSync(join(root, 'canary'), 'utf8'), 'alive', what);
    t.strictSame(readdirSync(root).sort(), ['canary', 'out'], what);
    t.notOk(existsSync('/tmp/evil'));
  }
});

t.test('a file that is in the way is replaced, not written through', async (t) => {
  const root = t.testdir({ secret: 'mine', out: { top: {} } });
  symlinkSync('../../secret', join(root, 'out/top/f'));
  const archive = Buffer.concat([
    entry('top/', 'directory'),
    packText('top/f', Buffer.from('theirs'), 0),
    endOfArchive(),
  ]);
  await extractTree(pieces(archive), { target: join(root, 'out/top'), owners: false });
  t.equal(readFileSync(join(root, 'secret'), 'utf8'), 'mine');
  t.ok(lstatSync(join(root, 'out/top/f')).isFile());
});

function entry(name: string, type: Header['type'], linkname = ''): Buffer {
  return encodeHeader({ name, type, mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0, linkname });
}

/** The writer makes no devices; this turns a plain entry into one. */
function device(name: string): Buffer {
  const block = entry(name, 'file');
  block[156] = '3'.charCodeAt(0);
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** In awkward pieces, so that nothing rests on block limits. */
async function* pieces(archive: Buffer, size = 777): AsyncGenerator<Buffer> {
  for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
