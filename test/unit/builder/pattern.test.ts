/** Go's filepath.Match and .dockerignore, as tables. */
import t from 'tap';
import { compileGlob, hasWildcards } from '../../../src/image/builder/pattern/glob.ts';
import { parseIgnoreFile } from '../../../src/image/builder/pattern/ignore.ts';

const GLOBS: [pattern: string, path: string, matches: boolean | 'bad'][] = [
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'a', true],
  ['a*', 'abc', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'abc/b', true],
  ['a*/b', 'a/c/b', false],
  ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/fff', false],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['a?b', 'a☺b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['a?b', 'a/b', false],
  ['a*b', 'a/b', false],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', 'z', false],
  ['[]a]', 'a', 'bad'],
  ['[-]', '-', 'bad'],
  ['[x-]', 'x', 'bad'],
  ['[a-b-c]', 'a', 'bad'],
  ['[', 'a', 'bad'],
  ['[^', 'a', 'bad'],
  ['a\\', 'a', 'bad'],
  ['*x', 'xxx', true],
];

t.test('COPY wildcards', async (t) => {
  for (const [pattern, path, expected] of GLOBS) {
    const matches = () => compileGlob(pattern)(path);
    if (expected === 'bad') t.throws(matches, { message: /syntax error in pattern/ }, pattern);
    else t.equal(matches(), expected, `${pattern} ~ ${path}`);
  }
  t.equal(hasWildcards('a\\*b'), false);
  t.equal(hasWildcards('a[b]'), true);
});

const IGNORES: [rules: string[], path: string, ignored: boolean][] = [
  [['node_modules'], 'node_modules', true],
  [['node_modules'], 'node_modules/a/b.js', true],
  [['node_modules'], 'src/node_modules', false],
  [['**/node_modules'], 'src/a/node_modules/x', true],
  [['**/node_modules'], 'node_modules', true],
  [['*.md'], 'README.md', true],
  [['*.md'], 'docs/README.md', false],
  [['*/*.md'], 'docs/README.md', true],
  [['**/*.md'], 'docs/a/README.md', true],
  [['**.md'], 'docs/a/README.md', true],
  [['docs/**'], 'docs/a/b', true],
  [['docs/**'], 'docs', false],
  [['**/foo/bar'], 'a/b/foo/bar', true],
  [['a/**/b'], 'a/b', true],
  [['a/**/b'], 'a/x/y/b', true],
  [['temp?'], 'temp1', true],
  [['temp?'], 'temp', false],
  [['*.md', '!README.md'], 'README.md', false],
  [['*.md', '!README.md'], 'OTHER.md', true],
  [['*.md', '!README*.md', 'README-secret.md'], 'README-secret.md', true],
  [['*', '!src'], 'src/a/b', false],
  [['*', '!src'], 'other', true],
  [['**', '!src/*.ts'], 'src/a.ts', false],
  [['src', '!src/keep'], 'src/keep/x', false],
  [['/abs'], 'abs', true],
  [['./dot/'], 'dot/x', true],
  [['a/../b'], 'b', true],
  [['# comment', 'x'], '# comment', false],
  [['  spaced  '], 'spaced', true],
  [[''], 'anything', false],
  [['.'], 'x', false],
  [['a.b'], 'axb', false],
  [['a+b(c)'], 'a+b(c)', true],
  [['[a-c]x'], 'bx', true],
  [['\\*literal'], '*literal', true],
  [['\\*literal'], 'xliteral', false],
  [['! x'], 'x', false],
];

t.test('.dockerignore', async (t) => {
  for (const [rules, path, ignored] of IGNORES) {
    t.equal(parseIgnoreFile(rules.join('\n')).ignores(path), ignored, `${rules.join(' ')} ~ ${path}`);
  }
});

t.test('.dockerignore with Windows line ends and a byte order mark', async (t) => {
  const rules = parseIgnoreFile('\uFEFFa\r\n!b\r\n');
  t.equal(rules.ignores('a'), true);
  t.equal(rules.ignores('a\r'), false);
});

t.test('a walk enters an ignored directory only if something in it can be taken back', async (t) => {
  const rules = parseIgnoreFile('node_modules\nsrc\n!src/keep/*.ts');
  t.equal(rules.mayTakeBackBelow('node_modules'), false);
  t.equal(rules.mayTakeBackBelow('src'), true);
  t.equal(rules.mayTakeBackBelow('src/keep'), true);
  t.equal(rules.mayTakeBackBelow('src/other'), false);
  t.equal(parseIgnoreFile('*\n!**/x').mayTakeBackBelow('any/where'), true);
  t.throws(() => parseIgnoreFile('!'), { message: /illegal exclusion pattern/ });
});
