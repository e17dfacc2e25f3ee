import t from 'tap';
import { PacketJoiner } from '../../../src/runtime/attach/packets.ts';

t.test('packets that come at once go on as one chunk of each stream', async (t) => {
  const chunks: string[] = [];
  const joiner = new PacketJoiner((stream, chunk) => chunks.push(`${stream} ${Buffer.from(chunk)}`));
  const packet = (pipe: number, text: string) =>
    joiner.onPacket(Buffer.concat([Buffer.of(pipe), Buffer.from(text)]));
  packet(2, 'a');
  packet(2, 'b');
  packet(3, 'c');
  packet(2, 'd');
  t.strictSame(chunks, ['stdout ab', 'stderr c'], 'the order of the streams holds');
  joiner.onPause();
  joiner.onPause();
  t.strictSame(chunks, ['stdout ab', 'stderr c', 'stdout d']);
});

t.test('a chunk has a bound, and nothing is lost at it', async (t) => {
  let bytes = 0;
  let largest = 0;
  const joiner = new PacketJoiner((_stream, chunk) => {
    bytes += chunk.length;
    largest = Math.max(largest, chunk.length);
  });
  for (let n = 0; n < 100; n++) joiner.onPacket(Buffer.alloc(8193, 2));
  joiner.onPause();
  t.equal(bytes, 100 * 8192);
  t.equal(largest, 64 * 1024);
});
