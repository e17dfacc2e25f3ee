/** Lines that a program prints before runc has set up its terminals end like all others. */
import t from 'tap';
import { withoutEarlyReturns } from '../../../src/runtime/exec/early-returns.ts';

t.test('the second return goes, at the beginning', async (t) => {
  const settled = withoutEarlyReturns();
  const say = (text: string) => Buffer.from(settled(Buffer.from(text, 'latin1'))).toString('latin1');
  t.equal(say('/dev/pts/0\r\r\n20 90\r\n\xff\r'), '/dev/pts/0\r\n20 90\r\n\xff\r');
  say('x'.repeat(4096));
  t.equal(say('later\r\r\n'), 'later\r\r\n', 'and later it is the program’s own');
});
