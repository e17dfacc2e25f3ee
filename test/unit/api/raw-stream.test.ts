import t from 'tap';
import { FrameDecoder, FrameError, frame, frameHead } from '../../../src/api/raw-stream.ts';

t.test('a frame is an 8-byte head and the chunk', async (t) => {
  t.strictSame(Buffer.from(frame('stderr', Buffer.from('hi'))), Buffer.from('\x02\0\0\0\0\0\0\x02hi'));
  t.strictSame(Buffer.from(frame('stdout', Buffer.alloc(0))), Buffer.from('\x01\0\0\0\0\0\0\0'));
});

t.test('a head alone, of a payload of any size', async (t) => {
  for (const size of [0, 1, 255, 256, 100_000, 0x01020304]) {
    const bytes = Buffer.alloc(10, 0xff);
    frameHead.write(bytes, 1, 'stderr', size);
    const length = [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255];
    t.strictSame([...bytes], [255, 2, 0, 0, 0, ...length, 255], `${size} bytes`);
  }
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
