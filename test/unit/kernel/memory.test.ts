import t from 'tap';
import { forgetProgram, unchangedMappings } from '../../../src/kernel/memory.ts';

const mapping = (range: string, mode: string, path: string, anonymous: number) =>
  `${range} ${mode} 0034a000 fe:00 535 ${path}\nSize: 41960 kB\nRss: 28048 kB\nAnonymous:      ${anonymous} kB\n`;

t.test('mappings whose pages can be read again', async (t) => {
  const smaps = [
    mapping('00400000-00746000', 'r--p', '/opt/my node', 0),
    mapping('0074a000-03044000', 'r-xp', '/opt/my node', 0),
    mapping('03044000-03201000', 'r--p', '/opt/my node', 4),
    mapping('03201000-06b51000', 'rw-p', '/opt/my node', 0),
    mapping('7f0000000000-7f0000001000', 'r-xp', '/lib/libc.so', 0),
    '7fff00000000-7fff00001000 r-xp 00000000 00:00 0 \nAnonymous: 0 kB\n',
  ].join('');
  t.strictSame(unchangedMappings(smaps, '/opt/my node'), [
    { start: 0x400000n, end: 0x746000n },
    { start: 0x74a000n, end: 0x3044000n },
  ]);
});

t.test('the program runs on without them', async (t) => {
  const before = process.memoryUsage.rss();
  forgetProgram();
  t.ok(process.memoryUsage.rss() < before - 10e6, 'and takes 10 MB less, at least');
});
