import { execFileSync } from 'node:child_process';
import { linkSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { treeSize, treeUsage } from '../../../src/core/tree-size.ts';

t.test('bytes of files, each inode once, whatever its name', async (t) => {
  const root = t.testdir({ a: 'xxx', deep: { b: 'yyyyy' }, empty: {} });
  linkSync(join(root, 'a'), join(root, 'deep/again'));
  symlinkSync('1234567', join(root, 'link'));
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), '22');
  t.equal(await treeSize(root), 3 + 5 + 7 + 2);
  t.equal(await treeSize(join(root, 'missing')), 0);
  t.equal(await treeSize(root, new Map([[join(root, 'link'), '7654321']])), 3 + 5 + 2, 'without the link');
  t.equal(await treeSize(root, new Map([[join(root, 'link'), '1']])), 3 + 5 + 7 + 2, 'it points elsewhere');
});

t.test('what it takes on the disk is what du says', async (t) => {
  const root = t.testdir({ a: { b: { c: 'x'.repeat(5000) } }, empty: {}, hole: '' });
  truncateSync(join(root, 'hole'), 10_000_000);
  const said = Number(execFileSync('du', ['-s', '-B1', root], { encoding: 'utf8' }).split('\t')[0]);
  t.equal(await treeUsage(root), said);
});
