import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { removeFolder } from '../../../src/kernel/remove-folder.ts';

t.test('a folder goes, and what its links point at stays', async (t) => {
  const root = t.testdir({ file: 'kept', few: { a: '', deep: { b: '' } }, empty: {} });
  symlinkSync(root, join(root, 'few/up'));
  writeFileSync(
    Buffer.concat([Buffer.from(`${root}/few/`), Buffer.from([0xff, 0xfe])]),
    'no text for a name',
  );
  for (const name of ['few', 'empty', 'missing']) {
    await removeFolder(join(root, name));
    t.notOk(existsSync(join(root, name)), name);
  }
  t.strictSame(readdirSync(root), ['file']);
});

t.test('folders nested deeper than a path can say', async (t) => {
  const root = t.testdir({ deep: {} });
  const here = process.cwd();
  t.teardown(() => process.chdir(here));
  process.chdir(join(root, 'deep'));
  for (let depth = 0; depth < 40; depth++) {
    mkdirSync('n'.repeat(200));
    process.chdir('n'.repeat(200));
  }
  process.chdir(here);
  await removeFolder(join(root, 'deep'));
  t.strictSame(readdirSync(root), []);
});
