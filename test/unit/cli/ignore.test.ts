// `.dockerignore`.

import t from 'tap';
import { parseIgnore } from '../../../src/cli/build/ignore.ts';

t.test('rules', async (t) => {
  const rows: [rules: string, ignored: string[], kept: string[]][] = [
    ['', [], ['a']],
    ['# only\n\n  \n', [], ['# only', 'a']],
    ['node_modules', ['node_modules', 'node_modules/x/y'], ['src/node_modules']],
    ['/a/', ['a', 'a/b'], ['b']],
    ['*.log', ['x.log'], ['d/x.log', 'x.log2']],
    ['**/*.log', ['x.log', 'd/x.log', 'd/e/x.log'], ['x.txt']],
    ['*/temp*', ['d/temp', 'd/temporary.txt'], ['temp', 'd/e/temp']],
    ['temp?', ['tempa'], ['temp', 'temp/']],
    ['[a-c]x', ['ax', 'bx'], ['dx']],
    ['[^a]x', ['bx'], ['ax']],
    ['a.b', ['a.b'], ['aXb']],
    ['*\n!README.md', ['a', 'b/c'], ['README.md']],
    ['*.md\n!README*.md\nREADME-secret.md', ['a.md', 'README-secret.md'], ['README.md', 'README-a.md']],
    ['a\n!a/keep', ['a', 'a/b'], ['a/keep', 'a/keep/x']],
    ['**', ['a', 'a/b'], []],
    ['foo/**', ['foo/a', 'foo/a/b'], ['foo']],
    ['./a/../b', ['b'], ['a']],
    ['../a\nb/../../c', [], ['a', 'c']],
    ['/../d', ['d'], []],
    ['#a\n  #b', ['#b'], ['#a']],
    ['a\\*', ['a*'], ['ab']],
    ['!never-ignored', [], ['never-ignored', 'x']],
  ];
  for (const [text, ignored, kept] of rows) {
    const rules = parseIgnore(text);
    for (const path of ignored) t.equal(rules.ignores(path), true, `${JSON.stringify(text)} drops ${path}`);
    for (const path of kept) t.equal(rules.ignores(path), false, `${JSON.stringify(text)} keeps ${path}`);
  }
});

t.test('a dropped folder is looked into only where something in it may come back', async (t) => {
  const rules = parseIgnore('*\n!src/*.ts\n!docs/**/x');
  for (const path of ['src', 'docs', 'docs/a']) t.equal(rules.mayKeepInside(path), true, path);
  for (const path of ['node_modules', 'src/a/b', 'lib']) t.equal(rules.mayKeepInside(path), false, path);
});
