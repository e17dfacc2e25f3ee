import t from 'tap';
import {
  DEFAULT_DETACH_KEYS,
  DetachScanner,
  parseDetachKeys,
} from '../../../src/runtime/attach/detach-keys.ts';

t.test('parseDetachKeys', async (t) => {
  const good: [text: string, codes: number[]][] = [
    ['', [16, 17]],
    ['ctrl-p,ctrl-q', [16, 17]],
    ['ctrl-@', [0]],
    ['ctrl-a,a', [1, 97]],
    ['ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [27, 28, 29, 30, 31]],
    ['DEL', [127]],
  ];
  for (const [text, codes] of good) t.strictSame([...parseDetachKeys(text)], codes, text);
  for (const text of ['ctrl-', 'ctrl-P', 'ctrl-1', 'ab', 'a,,b', 'é']) {
    t.throws(() => parseDetachKeys(text), { message: `Invalid detach keys (${text}) provided` });
  }
});

t.test('DetachScanner', async (t) => {
  const rows: [title: string, chunks: string[], forwarded: string, detached: boolean][] = [
    ['nothing special', ['abc', 'def'], 'abcdef', false],
    ['the sequence alone', ['\x10\x11'], '', true],
    ['over two chunks', ['a\x10', '\x11b'], 'a', true],
    ['a false start is passed on', ['\x10a', 'b'], '\x10ab', false],
    ['two false starts, then the sequence', ['\x10\x10\x11'], '\x10', true],
  ];
  for (const [title, chunks, forwarded, detached] of rows) {
    const scanner = new DetachScanner(DEFAULT_DETACH_KEYS);
    let text = '';
    let seen = false;
    for (const chunk of chunks) {
      if (seen) break;
      const result = scanner.scan(Buffer.from(chunk, 'latin1'));
      text += Buffer.from(result.forward).toString('latin1');
      seen = result.detached;
    }
    t.strictSame([text, seen], [forwarded, detached], title);
  }
  t.equal(
    new DetachScanner(new Uint8Array()).scan(Buffer.from('\x10\x11')).detached,
    false,
    'no keys, no detaching',
  );
});
