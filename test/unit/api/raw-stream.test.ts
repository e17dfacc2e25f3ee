import t from 'tap';
import { FrameDecoder, FrameError, frame, frameEncoder } from '../../../src/api/raw-stream.ts';

t.test('a frame is an 8-byte head and the chunk', async (t) => {
  t.strictSame(Buffer.from(frame('stderr', Buffer.from('hi'))), Buffer.from('\x02\0\0\0\0\0\0\x02hi'));
  t.strictSame(Buffer.from(frame('stdout', Buffer.alloc(0))), Buffer.from('\x01\0\0\0\0\0\0\0'));
});

t.test('the encoder reuses its buffer and grows it', async (t) => {
  const encode = frameEncoder();
  const big = Buffer.alloc(100_000, 'x');
  t.strictSame(Buffer.from(encode('stdout', big)), Buffer.from(frame('stdout', big)));
  const small = encode('stderr', Buffer.from('y'));
  t.strictSame(Buffer.from(small), Buffer.from(frame('stderr', Buffer.from('y'))));
});

t.test('a stream cut anywhere decodes to the same', async (t) => {
  const wire = Buffer.concat([
    frame('stdout', Buffer.from('out')),
    frame('stderr', Buffer.from('error')),
    frame('stdout', Buffer.alloc(0)),
    frame('stdin', Buffer.from('!')),
  ]);
  for (let size = 1; size <= wire.length; size++) {
    const heard: Record<string, string> = {};
    const decoder = new FrameDecoder((stream, payload) => {
      heard[stream] = (heard[stream] ?? '') + Buffer.from(payload).toString();
    });
    for (let at = 0; at < wire.length; at += size) decoder.push(wire.subarray(at, at + size));
    t.strictSame(heard, { stdout: 'out', stderr: 'error', stdin: '!' }, `pieces of ${size}`);
    t.ok(decoder.complete);
  }
});

t.test('a stream that ends within a frame is not complete', async (t) => {
  const decoder = new FrameDecoder(() => {});
  decoder.push(frame('stdout', Buffer.from('abc')).subarray(0, 9));
  t.notOk(decoder.complete);
});

t.test('what has no head of ours is refused', async (t) => {
  for (const head of ['HTTP/1.1', '\x04\0\0\0\0\0\0\x01', '\x01\0\0\x01\0\0\0\x01'])
    t.throws(() => new FrameDecoder(() => {}).push(Buffer.from(head)), FrameError, head);
});
