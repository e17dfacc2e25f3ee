import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { treeSize } from '../../../src/core/tree-size.ts';

t.test('bytes of files, each inode once, whatever its name', async (t) => {
  const root = t.testdir({ a: 'xxx', deep: { b: 'yyyyy' }, empty: {} });
  linkSync(join(root, 'a'), join(root, 'deep/again'));
  symlinkSync('1234567', join(root, 'link'));
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), '22');
  t.equal(await treeSize(root), 3 + 5 + 7 + 2);
  t.equal(await treeSize(join(root, 'missing')), 0);
});
