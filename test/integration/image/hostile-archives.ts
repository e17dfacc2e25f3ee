/** The corpus of hostile.test.ts: what somebody who means harm, or a broken tool, could send. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { LayerLimits } from '../../../src/image/layer/limits.ts';
import { base256, block, END, entry, gnuLong, type Header, padded, pax, sealed, tar } from './tar-bytes.ts';

export const LIMITS: LayerLimits = { entries: 1000, bytes: 1024 ** 4, ratio: 100, ratioFrom: 1024 ** 2 };
const directory = (name: string): Header => ({ name, type: '5' });
const file = (name: string, data = 'evil'): Header => ({ name, data });
const symlink = (name: string, linkName: string): Header => ({ name, type: '2', linkName });
const hardlink = (name: string, linkName: string): Header => ({ name, type: '1', linkName });
const deep = (depth: number) => Array.from({ length: depth }, () => 'd').join('/');

export interface Case {
  name: string;
  bytes: Buffer;
  /** Compressed, or cut; default `bytes`. */
  blob?: Buffer;
  /** Why it is refused. Absent: it is unpacked. */
  refused?: RegExp;
  /** Paths that must then be in the layer. */
  inside?: string[];
  absent?: string[];
}

const UP = '../../../canary';

export const CASES: Case[] = [
  { name: 'dot-dot', bytes: tar(file('../canary/file')), refused: /leads out of the layer/ },
  { name: 'dot-dot deep', bytes: tar(file('a/b/../../../canary/file')), refused: /leads out of the layer/ },
  { name: 'dot-dot that stays inside', bytes: tar(file('a/b/../c')), inside: ['a/c'] },
  { name: 'dot-dot alone', bytes: tar(directory('..')), refused: /leads out of the layer/ },
  {
    name: 'dot-dot by prefix field',
    bytes: tar({ name: 'file', prefix: '../canary', data: 'x' }),
    refused: /leads out/,
  },
  {
    name: 'dot-dot by pax path',
    bytes: tar(pax([['path', `${UP}/file`]]), file('ok')),
    refused: /leads out/,
  },
  { name: 'dot-dot by GNU long name', bytes: tar(gnuLong(`${UP}/file`), file('ok')), refused: /leads out/ },
  { name: 'absolute name', bytes: tar(file('/canary/file')), inside: ['canary/file'] },
  { name: 'many slashes', bytes: tar(file('////etc//passwd')), inside: ['etc/passwd'] },
  {
    name: 'symlink, then through it',
    bytes: tar(symlink('x', UP), file('x/file')),
    refused: /cannot unpack "x\/file"/,
  },
  {
    name: 'absolute symlink, then through it',
    bytes: tar(symlink('x', '/etc'), directory('etc'), file('x/passwd')),
    inside: ['etc/passwd'],
  },
  {
    name: 'dangling absolute symlink as parent',
    bytes: tar(symlink('x', '/etc'), file('x/passwd')),
    refused: /cannot unpack/,
  },
  {
    name: 'chain of symlinks',
    bytes: tar(symlink('a', 'b'), symlink('b', 'c'), symlink('c', UP), file('a/file')),
    refused: /cannot unpack/,
  },
  {
    name: 'symlinks in a circle',
    bytes: tar(symlink('a', 'b'), symlink('b', 'a'), file('a/file')),
    refused: /ELOOP/,
  },
  {
    name: 'symlink through /proc',
    bytes: tar(directory('proc'), symlink('x', '/proc/self/root'), file('x/canary')),
    refused: /cannot unpack/,
  },
  { name: 'file over a symlink', bytes: tar(symlink('x', `${UP}/file`), file('x')), inside: ['x'] },
  {
    name: 'directory over a symlink',
    bytes: tar(symlink('x', UP), directory('x'), file('x/file')),
    inside: ['x/file'],
  },
  {
    name: 'symlink swapped in for a used parent',
    bytes: tar(file('a/one'), symlink('a', UP), file('a/two')),
    refused: /cannot unpack "a\/two"/,
  },
  {
    name: 'symlink swapped in and out',
    bytes: tar(file('a/one'), symlink('a', UP), directory('a'), file('a/two')),
    inside: ['a/two'],
    absent: ['a/one'],
  },
  {
    name: 'parent swapped deep down',
    bytes: tar(file('a/b/c/one'), symlink('a/b', `../${UP}`), file('a/b/c/two')),
    refused: /cannot unpack/,
  },
  { name: 'mode of a symlink', bytes: tar({ ...symlink('x', UP), mode: 0o777 }), inside: ['x'] },
  {
    name: 'hard link out by dot-dot',
    bytes: tar(hardlink('x', `${UP}/file`)),
    refused: /leads out of the layer/,
  },
  {
    name: 'hard link to an absolute name',
    bytes: tar(hardlink('x', '/etc/passwd')),
    refused: /cannot unpack "x"/,
  },
  {
    name: 'hard link through a symlink',
    bytes: tar(symlink('s', UP), hardlink('x', 's/file')),
    refused: /cannot unpack "x"/,
  },
  {
    name: 'hard link to a symlink, then written',
    bytes: tar(symlink('s', `${UP}/file`), hardlink('x', 's'), file('x')),
    inside: ['x'],
  },
  { name: 'hard link to a directory', bytes: tar(directory('d'), hardlink('x', 'd')), refused: /EPERM/ },
  { name: 'hard link to the root', bytes: tar(hardlink('x', '/')), refused: /hard link to the root/ },
  { name: 'hard link to itself', bytes: tar(file('x', 'kept'), hardlink('x', 'x')), inside: ['x'] },
  {
    name: 'hard link to what comes later',
    bytes: tar(hardlink('x', 'later'), file('later')),
    refused: /ENOENT/,
  },
  {
    name: 'hard link over its target',
    bytes: tar(file('a'), file('b'), hardlink('b', 'a')),
    inside: ['a', 'b'],
  },
  { name: 'whiteout of the root', bytes: tar(file('.wh.')), refused: /invalid whiteout/ },
  { name: 'whiteout of the parent', bytes: tar(file('a/.wh...')), refused: /invalid whiteout/ },
  { name: 'whiteout of the directory', bytes: tar(file('a/.wh..')), refused: /invalid whiteout/ },
  { name: 'whiteout by dot-dot', bytes: tar(file('../.wh.canary')), refused: /leads out of the layer/ },
  {
    name: 'whiteout through a symlink',
    bytes: tar(symlink('s', UP), file('s/.wh.file')),
    refused: /cannot unpack/,
  },
  {
    name: 'opaque marker through a symlink',
    bytes: tar(symlink('s', UP), file('s/.wh..wh..opq')),
    refused: /cannot unpack/,
  },
  { name: 'whiteout as a parent', bytes: tar(file('.wh.a'), file('a/b')), refused: /cannot unpack "a\/b"/ },
  { name: 'whiteout of a whiteout', bytes: tar(file('.wh..wh.a')), inside: [] },
  { name: 'entry below a whiteout name', bytes: tar(file('.wh.dir/file')), inside: [] },
  {
    name: 'overlay attributes',
    bytes: tar(pax([['SCHILY.xattr.trusted.overlay.redirect', '/../../canary']]), directory('d')),
    inside: ['d'],
  },
  { name: 'device node', bytes: tar({ name: 'sda', type: '4', major: 8, minor: 0 }), inside: ['sda'] },
  {
    name: 'device over a symlink',
    bytes: tar(symlink('x', `${UP}/file`), { name: 'x', type: '3', major: 1, minor: 3 }),
    inside: ['x'],
  },
  { name: 'set-id files', bytes: tar({ name: 'su', data: 'x', mode: 0o6755 }), inside: ['su'] },
  {
    name: 'owner out of range',
    bytes: tar({ name: 'x', uid: base256(2n ** 40n, 8) }),
    refused: /invalid owner/,
  },
  { name: 'negative owner', bytes: tar({ name: 'x', uid: base256(-1n, 8) }), refused: /invalid owner/ },
  { name: 'negative size', bytes: tar({ name: 'x', size: base256(-512n, 12) }), refused: /negative size/ },
  { name: 'huge size', bytes: tar({ name: 'x', size: base256(2n ** 62n, 12) }), refused: /too large/ },
  {
    name: 'size of 2^53 - 1',
    bytes: tar({ name: 'x', size: base256(2n ** 53n - 1n, 12) }),
    refused: /more than .* bytes/,
  },
  { name: 'negative size in pax', bytes: tar(pax([['size', '-1']]), file('x')), refused: /invalid record/ },
  {
    name: 'huge size in pax',
    bytes: tar(pax([['size', '9'.repeat(30)]]), file('x')),
    refused: /invalid record/,
  },
  {
    name: 'letters for a number',
    bytes: tar({ name: 'x', size: 'zzzzzzzzzzz\0' }),
    refused: /invalid number/,
  },
  {
    name: 'wrong checksum',
    bytes: Buffer.concat([block(file('x')).fill('y', 0, 1), END]),
    refused: /invalid tar header/,
  },
  {
    name: 'no tar at all',
    bytes: Buffer.from('#!/bin/sh\n'.repeat(100)),
    refused: /invalid tar header|invalid number/,
  },
  { name: 'empty file', bytes: Buffer.alloc(0), inside: [] },
  {
    name: 'header of 2 GiB',
    bytes: tar(block({ name: 'P', type: 'x', size: 2 ** 31 })),
    refused: /header is too large/,
  },
  {
    name: 'long name of 2 GiB',
    bytes: tar(block({ name: 'L', type: 'L', size: 2 ** 31 })),
    refused: /header is too large/,
  },
  { name: 'pax that ends nowhere', bytes: tar(pax([['path', 'x']])), inside: [] },
  {
    name: 'pax record with a false length',
    bytes: tar(entry({ name: 'P', type: 'x', data: '99 path=x\n' }), file('y')),
    refused: /invalid record/,
  },
  {
    name: 'pax record of length 0',
    bytes: tar(entry({ name: 'P', type: 'x', data: '0 path=x\n' }), file('y')),
    refused: /invalid record/,
  },
  {
    name: 'NUL in a pax path',
    bytes: tar(pax([['path', 'ok\0/../../canary/file']]), file('y')),
    refused: /NUL/,
  },
  {
    name: 'NUL in a pax link',
    bytes: tar(pax([['linkpath', 'ok\0/etc/passwd']]), symlink('y', 'z')),
    refused: /NUL/,
  },
  {
    name: 'bomb of headers',
    bytes: tar(...Array.from({ length: 2000 }, () => pax([['comment', 'x'.repeat(400)]])), file('x')),
    inside: ['x'],
  },
  {
    name: 'more entries than allowed',
    bytes: tar(...Array.from({ length: 1001 }, (_, i) => file(`f${i}`, ''))),
    refused: /more than 1000 entries/,
  },
  {
    name: 'one name a thousand times',
    bytes: tar(...Array.from({ length: 1000 }, () => file('same', 'x'))),
    inside: ['same'],
  },
  {
    name: 'file, then directory, of one name',
    bytes: tar(file('x'), directory('x'), file('x/y')),
    inside: ['x/y'],
  },
  {
    name: 'directory, then file, of one name',
    bytes: tar(file('x/y'), file('x')),
    inside: ['x'],
    absent: ['x/y'],
  },
  { name: 'file as a parent', bytes: tar(file('x'), file('x/y')), refused: /ENOTDIR/ },
  { name: 'a root that is a file', bytes: tar(file('./')), refused: /only a directory can be the root/ },
  { name: 'name of 4 KiB', bytes: tar(gnuLong('n'.repeat(4096)), file('x')), refused: /ENAMETOOLONG/ },
  { name: 'path of 8 KiB', bytes: tar(gnuLong(deep(4096)), file('x')), refused: /ENAMETOOLONG/ },
  {
    name: 'sparse beyond its size',
    bytes: tar(
      pax([
        ['GNU.sparse.size', '10'],
        ['GNU.sparse.numblocks', '1'],
        ['GNU.sparse.map', '8,4'],
      ]),
      file('x'),
    ),
    refused: /map of a sparse file/,
  },
  {
    name: 'sparse that overlaps',
    bytes: tar(
      pax([
        ['GNU.sparse.size', '10'],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.map', '0,2,1,2'],
      ]),
      file('x'),
    ),
    refused: /map of a sparse file/,
  },
  {
    name: 'sparse with less data than mapped',
    bytes: tar(
      pax([
        ['GNU.sparse.size', '99'],
        ['GNU.sparse.numblocks', '1'],
        ['GNU.sparse.map', '0,50'],
      ]),
      file('x'),
    ),
    refused: /map of a sparse file/,
  },
  {
    name: 'sparse of 4 PiB',
    bytes: tar(
      pax([
        ['GNU.sparse.size', String(2 ** 52)],
        ['GNU.sparse.numblocks', '1'],
        ['GNU.sparse.map', '0,4'],
      ]),
      file('x'),
    ),
    refused: /more than .* bytes/,
  },
  {
    name: 'map in the data without an end',
    bytes: tar(
      pax([
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.realsize', '4'],
      ]),
      file('x', '9999999\n0\n'),
    ),
    refused: /map of a sparse file/,
  },
  {
    name: 'gzip bomb',
    bytes: tar(file('zeros', '\0'.repeat(8 * 1024 ** 2))),
    blob: gzipSync(tar(file('zeros', '\0'.repeat(8 * 1024 ** 2)))),
    refused: /more than 100 times its packed size/,
  },
  {
    name: 'zstd bomb',
    bytes: tar(file('zeros', '\0'.repeat(8 * 1024 ** 2))),
    blob: zstdCompressSync(tar(file('zeros', '\0'.repeat(8 * 1024 ** 2)))),
    refused: /more than 100 times its packed size/,
  },
  {
    name: 'gzip cut in the middle',
    bytes: tar(file('x')),
    blob: gzipSync(tar(file('x'))).subarray(0, 60),
    refused: /unexpected end of file/,
  },
  {
    name: 'gzip with a wrong check',
    bytes: tar(file('x')),
    blob: Buffer.concat([gzipSync(tar(file('x'))).subarray(0, -8), Buffer.alloc(8, 1)]),
    refused: /incorrect data check/,
  },
  {
    name: 'other bytes than announced',
    bytes: tar(file('x', 'good')),
    blob: tar(file('x', 'evil')),
    refused: /layer verification failed/,
  },
  {
    name: 'unknown types',
    bytes: tar({ name: 'v', type: 'V' }, { name: 'm', type: 'M', data: 'x' }, { name: 'z', type: 'z' }),
    inside: [],
    absent: ['v', 'm', 'z'],
  },
  { name: 'times out of range', bytes: tar({ name: 'x', mtime: base256(-(2n ** 40n), 12) }), inside: ['x'] },
  {
    name: 'a lone block of zeros',
    bytes: Buffer.concat([entry(file('x')), Buffer.alloc(512), entry(file('y')), END]),
    refused: /invalid tar header/,
  },
  { name: 'names that are not UTF-8', bytes: tar(sealedName('caf\xe9')), inside: ['caf\xe9'] },
];

function sealedName(name: string): Buffer {
  const bytes = block({ name: 'x' });
  bytes.write(name, 0, 'latin1');
  return padded(sealed(bytes));
}
