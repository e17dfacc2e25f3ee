// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the dollars are a Dockerfile's, not ours.
/** Variables, quotes and escapes: rows of `written`, `word`; a RegExp is the error. */
import t from 'tap';
import { expandWord, expandWords } from '../../../src/image/builder/dockerfile/expand.ts';

const values: Record<string, string> = {
  HOME: '/home/me',
  EMPTY: '',
  FOO: 'foo.tar.gz',
  PATHS: '/usr/local/bin:/usr/bin',
  TWO: 'a b',
  STAR: 'a*b',
  ümlaut: 'yes',
};
const lookup = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);

const WORDS: [string, string | RegExp][] = [
  ['plain', 'plain'],
  ['$HOME', '/home/me'],
  ['${HOME}', '/home/me'],
  ['he$HOME.x', 'he/home/me.x'],
  ['$HOMEx', ''],
  ['${HOME}x', '/home/mex'],
  ['$ümlaut', 'yes'],
  ['\\$HOME', '$HOME'],
  ['\\\\$HOME', '\\/home/me'],
  ["'$HOME'", '$HOME'],
  ['"$HOME"', '/home/me'],
  ['"\\$HOME"', '$HOME'],
  ['"a\\"b"', 'a"b'],
  ['"a\\nb"', 'a\\nb'],
  ['"\'$HOME\'"', "'/home/me'"],
  ["'a\\'b", 'a\\b'],
  ['a\\ b', 'a b'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$1x', 'x'],
  ['$@', ''],
  ['${NONE}', ''],
  ['${NONE:-word}', 'word'],
  ['${EMPTY:-word}', 'word'],
  ['${EMPTY-word}', ''],
  ['${NONE-word}', 'word'],
  ['${HOME:-word}', '/home/me'],
  ['${NONE:-${HOME}/x}', '/home/me/x'],
  ['${NONE:-"a b"}', 'a b'],
  ['${HOME:+word}', 'word'],
  ['${EMPTY:+word}', ''],
  ['${EMPTY+word}', 'word'],
  ['${NONE:+word}', ''],
  ['${HOME:?}', '/home/me'],
  ['${NONE:?must be set}', /^failed to process "\$\{NONE:\?must be set\}": NONE: must be set$/],
  ['${NONE:?}', /: NONE: is not allowed to be unset$/],
  ['${EMPTY:?}', /: EMPTY: is not allowed to be empty$/],
  ['${EMPTY?}', ''],
  ['${FOO%.*}', 'foo.tar'],
  ['${FOO%%.*}', 'foo'],
  ['${FOO#*.}', 'tar.gz'],
  ['${FOO##*.}', 'gz'],
  ['${FOO#foo}', '.tar.gz'],
  ['${FOO#bar}', 'foo.tar.gz'],
  ['${FOO%g?}', 'foo.tar.'],
  ['${STAR#a\\*}', 'b'],
  ['${FOO#}', 'foo.tar.gz'],
  ['${PATHS/usr/opt}', '/opt/local/bin:/usr/bin'],
  ['${PATHS//usr/opt}', '/opt/local/bin:/opt/bin'],
  ['${PATHS//\\/usr/}', '/local/bin:/bin'],
  ['${FOO//./-}', 'foo-tar-gz'],
  ['${FOO/o*r/X}', 'fX.gz'],
  ['${FOO/zz/X}', 'foo.tar.gz'],
  ['${PATHS//:/\n}', '/usr/local/bin\n/usr/bin'],
  ['${HOME', /missing '}'/],
  ['${', /missing '}'/],
  ['${HOME:-x', /missing '}'/],
  ['${FOO/a', /missing '\/'/],
  ['${FOO/a/b', /missing '}'/],
  ['${}', /bad substitution/],
  ['${:x}', /bad substitution/],
  ['${HOME:%x}', /unsupported modifier \(:%\)/],
  ['${HOME^^}', /unsupported modifier \(\^\)/],
  ['${FOO#a\\b}', /invalid escape '\\b'/],
  ["'open", /single-quote/],
  ['"open', /double-quote/],
];

t.test('one word', async (t) => {
  for (const [written, expected] of WORDS) {
    const expand = () => expandWord(written, { lookup, escapeChar: '\\' });
    if (typeof expected === 'string') t.equal(expand(), expected, written);
    else t.throws(expand, { message: expected }, written);
  }
});

const LISTS: [string, string[]][] = [
  ['a b', ['a', 'b']],
  ['  a   b ', ['a', 'b']],
  ['$TWO', ['a', 'b']],
  ['"$TWO"', ['a b']],
  ['x$TWO', ['xa', 'b']],
  ['a\\ b c', ['a b', 'c']],
  ["'a b'c", ['a bc']],
  ['${NONE:-1 2}', ['1', '2']],
  ['""', []],
  ['', []],
];

t.test('several words', async (t) => {
  for (const [written, expected] of LISTS) {
    t.same(expandWords(written, { lookup, escapeChar: '\\' }), expected, written);
  }
});

t.test('the backtick as escape character leaves the backslash alone', async (t) => {
  const expand = (text: string) => expandWord(text, { lookup, escapeChar: '`' });
  t.equal(expand('c:\\dir'), 'c:\\dir');
  t.equal(expand('`$HOME'), '$HOME');
  t.equal(expand('"`""'), '"');
});

t.test('a pattern of many stars costs no more than the product of the lengths', async (t) => {
  const long = 'a'.repeat(3000);
  const expand = () => expandWord(`\${x##${'*a'.repeat(40)}b}`, { lookup: () => long, escapeChar: '\\' });
  const began = performance.now();
  t.equal(expand(), long);
  t.ok(performance.now() - began < 2000);
});
