// The command line as people type it: flags, their values, and what is said of mistakes.

import t from 'tap';
import {
  bool,
  bytes,
  cpus,
  duration,
  filter,
  int,
  list,
  map,
  string,
  strings,
} from '../../../src/cli/args/flag.ts';
import { FlagError, parseFlags } from '../../../src/cli/args/parse.ts';
import { parseDecimalNanos, parseDuration, parseSize } from '../../../src/cli/args/quantity.ts';

const flags = {
  all: bool('', { short: 'a' }),
  proxy: bool('', { initial: true }),
  name: string(''),
  last: int('', { short: 'n', initial: -1 }),
  env: list('', { short: 'e' }),
  alias: strings(''),
  opt: map('', { short: 'o' }),
  filter: filter('', { short: 'f' }),
  memory: bytes('', { short: 'm', unlimited: true }),
  interval: duration(''),
  cpus: cpus(''),
};

t.test('what was given is what comes out', async (t) => {
  const rows: [string[], Partial<Record<keyof typeof flags, unknown>>, string[]][] = [
    [[], { all: false, proxy: true, name: '', last: -1, env: [], opt: {} }, []],
    [['-a', 'x', '--name', 'y', 'z'], { all: true, name: 'y' }, ['x', 'z']],
    [['--name=', '--all=false', '--proxy=0'], { name: '', all: false, proxy: false }, []],
    [['-an5', '-e', 'A=1', '-eB=2', '-e=C'], { all: true, last: 5, env: ['A=1', 'B=2', 'C'] }, []],
    [['-n=7'], { last: 7 }, []],
    [['--alias', 'a,b', '--alias=c'], { alias: ['a', 'b', 'c'] }, []],
    [['-o', 'a=b=c', '-o', 'd'], { opt: { a: 'b=c', d: '' } }, []],
    [['-f', 'name=x', '-f', ''], { filter: ['name=x'] }, []],
    [
      ['-m', '1.5g', '--interval', '1m30s', '--cpus', '.5'],
      { memory: 1610612736, interval: 90e9, cpus: 5e8 },
      [],
    ],
    [['-m=-1'], { memory: -1 }, []],
    [['-', '--', '-a', '--nope'], { all: false }, ['-', '-a', '--nope']],
  ];
  for (const [argv, expected, args] of rows) {
    const parsed = parseFlags(flags, argv);
    t.match(parsed.values, expected, argv.join(' '));
    t.strictSame(parsed.args, args);
  }
});

t.test('flags end with the first argument where a command follows', async (t) => {
  const parsed = parseFlags(flags, ['-a', 'busybox', 'ls', '-a', '--name', 'x'], false);
  t.strictSame(parsed.args, ['busybox', 'ls', '-a', '--name', 'x']);
  t.strictSame([...parsed.changed], ['all']);
});

t.test('--help is seen, and mistakes beside it too', async (t) => {
  t.equal(parseFlags(flags, ['--help', '-a']).help, true);
  t.equal(parseFlags(flags, ['-h']).help, true);
  t.throws(() => parseFlags(flags, ['--help', '--nope']), { message: 'unknown flag: --nope' });
});

t.test('mistakes are told in the words of the flag library', async (t) => {
  const rows: [string[], string][] = [
    [['--nope'], 'unknown flag: --nope'],
    [['-z'], "unknown shorthand flag: 'z' in -z"],
    [['-az'], "unknown shorthand flag: 'z' in -az"],
    [['--name'], 'flag needs an argument: --name'],
    [['-n'], "flag needs an argument: 'n' in -n"],
    [['--=x'], 'bad flag syntax: --=x'],
    [
      ['-n', 'x'],
      'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      ['--all=x'],
      'invalid argument "x" for "-a, --all" flag: strconv.ParseBool: parsing "x": invalid syntax',
    ],
    [['-m', '1z'], 'invalid argument "1z" for "-m, --memory" flag: invalid suffix: \'z\''],
    [['-f', 'x'], 'invalid argument "x" for "-f, --filter" flag: bad format of filter (expected name=value)'],
    [['--constructor'], 'unknown flag: --constructor'],
  ];
  for (const [argv, message] of rows)
    t.throws(() => parseFlags(flags, argv), new FlagError(message), argv.join(' '));
});

t.test('amounts', async (t) => {
  const sizes: [string, number][] = [
    ['0', 0],
    ['1024', 1024],
    ['1b', 1],
    ['2k', 2048],
    ['2kb', 2048],
    ['2KiB', 2048],
    ['1.5M', 1572864],
    ['3 g', 3221225472],
    ['1t', 1099511627776],
  ];
  for (const [text, size] of sizes) t.equal(parseSize(text), size, text);
  for (const text of ['', 'x', '-5m', '1e3', '1 x']) t.throws(() => parseSize(text), text);

  const durations: [string, number][] = [
    ['0', 0],
    ['5s', 5e9],
    ['1h2m3s', 3723e9],
    ['250ms', 250e6],
    ['1.5h', 5400e9],
    ['-2s', -2e9],
  ];
  for (const [text, nanos] of durations) t.equal(parseDuration(text), nanos, text);
  for (const text of ['', 's', '5', '5x', '5s5']) t.throws(() => parseDuration(text), text);

  t.equal(parseDecimalNanos('1.5'), 1_500_000_000);
  t.throws(() => parseDecimalNanos('0.00000000001'), { message: 'value is too precise' });
  t.throws(() => parseDecimalNanos('two'), { message: 'failed to parse two as a rational number' });
});
