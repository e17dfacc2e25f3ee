// The keys that leave a container.

import t from 'tap';
import { detachFilter, parseDetachKeys } from '../../../src/cli/stream/detach.ts';

t.test('sequences', async (t) => {
  t.strictSame([...parseDetachKeys('ctrl-p,ctrl-q')], [16, 17]);
  t.strictSame([...parseDetachKeys('ctrl-a,d,ctrl-[,ctrl-@')], [1, 100, 27, 0]);
  for (const text of ['foo', 'ctrl-1', ''])
    t.throws(() => parseDetachKeys(text), { message: /Unknown character/ }, text);
});

t.test('the sequence is found over pieces, and nothing of it gets through', async (t) => {
  const rows: [string[], passed: string, detached: boolean][] = [
    [['abc'], 'abc', false],
    [['ab\x10\x11cd'], 'ab', true],
    [['ab\x10', '\x11'], 'ab', true],
    [['\x10', 'x'], '\x10x', false],
    [['\x10\x10\x11'], '\x10', true],
    [['\x11\x10'], '\x11', false],
  ];
  for (const [chunks, passed, detached] of rows) {
    let seen = '';
    let left = false;
    const filter = detachFilter(parseDetachKeys('ctrl-p,ctrl-q'), () => {
      left = true;
    });
    filter.on('data', (chunk) => {
      seen += chunk;
    });
    const ended = new Promise((resolve) => filter.once('end', resolve));
    for (const chunk of chunks) filter.write(chunk);
    if (detached) await ended;
    else await new Promise((resolve) => setImmediate(resolve));
    t.equal(seen, passed, JSON.stringify(chunks));
    t.equal(left, detached, JSON.stringify(chunks));
    filter.destroy();
  }
});
