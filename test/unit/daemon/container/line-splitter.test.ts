import t from 'tap';
import { LineSplitter } from '../../../../src/daemon/container/logging/line-splitter.ts';

t.test('lines of two streams, in the order in which they end', async (t) => {
  const lines = new LineSplitter();
  const heart = Buffer.from('♥\n');
  lines.add('stdout', Buffer.from('one\ntwo '));
  lines.add('stderr', Buffer.from('err\n\n'));
  lines.add('stdout', heart.subarray(0, 2));
  lines.add('stdout', heart.subarray(2));
  lines.add('stderr', Buffer.from('last'));
  t.strictSame(lines.take(), [
    { stream: 'stdout', text: 'one' },
    { stream: 'stderr', text: 'err' },
    { stream: 'stderr', text: '' },
    { stream: 'stdout', text: 'two ♥' },
  ]);
  t.strictSame(lines.takeUnfinished(), [{ stream: 'stderr', text: 'last' }]);
  t.strictSame(lines.takeUnfinished(), []);
});

t.test('a line without end is handed on in pieces', async (t) => {
  const lines = new LineSplitter();
  const piece = 16 * 1024;
  let pieces = 0;
  for (let chunk = 0; chunk < 100; chunk++) {
    lines.add('stdout', Buffer.alloc(10_000, 'x'));
    for (const { text } of lines.take()) {
      t.equal(text.length, piece);
      pieces++;
    }
  }
  t.equal(pieces, Math.floor((1_000_000 - 1) / piece));
  const whole = '♥'.repeat(piece);
  lines.takeUnfinished();
  lines.add('stdout', Buffer.from(`${whole}\n`));
  const taken = lines.take().map(({ text }) => text);
  t.equal(taken.length, 4);
  t.equal(taken.join(''), whole, 'no letter is cut in two');
});
