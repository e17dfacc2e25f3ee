import t from 'tap';
import {
  filterFlag,
  flag,
  InvalidFilter,
  list,
  matchesLabels,
  number,
  parseFilters,
} from '../../../src/api/query.ts';

t.test('flags', async (t) => {
  for (const text of ['', '0', 'no', 'false', 'none', 'False', ' 0 ']) t.equal(flag(text), false, text);
  for (const text of ['1', 'true', 'yes', 'x', 't']) t.equal(flag(text), true, text);
  t.equal(flag(undefined), false);
  t.equal(flag(undefined, true), true);
});

t.test('numbers', async (t) => {
  t.equal(number(undefined), undefined);
  t.equal(number(''), undefined);
  t.equal(number('-5'), -5);
  t.ok(Number.isNaN(number('5x')));
  t.ok(Number.isNaN(number('1e3')));
});

t.test('repeated parameters', async (t) => {
  t.strictSame([list(undefined), list('a'), list(['a', 'b'])], [[], ['a'], ['a', 'b']]);
});

t.test('filters, in both spellings', async (t) => {
  const both = [
    '{"label":["a","b=c"],"status":["running"]}',
    '{"label":{"a":true,"b=c":true,"d":false},"status":{"running":true}}',
  ];
  for (const text of both)
    t.strictSame(
      [...parseFilters(text)],
      [
        ['label', ['a', 'b=c']],
        ['status', ['running']],
      ],
    );
  t.equal(parseFilters(undefined).size, 0);
  t.equal(parseFilters('{"label":[]}').has('label'), false);
});

t.test('what is no filter', async (t) => {
  for (const text of ['x', '[]', 'null', '5', '{"a":5}', '{"a":[5]}', '{"a":"b"}'])
    t.throws(() => parseFilters(text), InvalidFilter, text);
  t.throws(() => parseFilters('{"foo":["x"]}', ['label']), { message: "invalid filter 'foo'" });
});

t.test('a filter that is a flag', async (t) => {
  const value = (...values: string[]) => filterFlag(new Map([['dangling', values]]), 'dangling', false);
  t.equal(value('1'), true);
  t.equal(value('TRUE', '1'), true);
  t.equal(value('0'), false);
  t.equal(filterFlag(new Map(), 'dangling', true), true);
  t.throws(() => value('x'), { message: "invalid filter 'dangling=[x]'" });
  t.throws(() => value('0', '1'), InvalidFilter);
});

t.test('labels', async (t) => {
  const labels = { a: '', b: 'c=d' };
  for (const wanted of [[], ['a'], ['a='], ['b=c=d'], ['a', 'b']])
    t.ok(matchesLabels(labels, wanted), wanted.join());
  for (const wanted of [['x'], ['a=x'], ['b=c'], ['a', 'x'], ['toString']])
    t.notOk(matchesLabels(labels, wanted), wanted.join());
});
