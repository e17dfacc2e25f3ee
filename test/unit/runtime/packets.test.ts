import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { CONMON_PACKETS, PacketJoiner } from '../../../src/runtime/attach/packets.ts';

const SLOT = CONMON_PACKETS.payload;

/** As they come from the kernel: one in each slot. */
function packets(...texts: [pipe: number, text: string][]) {
  const payloads = Buffer.alloc(SLOT * texts.length);
  for (const [n, [, text]] of texts.entries()) payloads.write(text, n * SLOT);
  return {
    count: texts.length,
    isFull: texts.length === CONMON_PACKETS.count,
    clear: () => {},
    payloads,
    tag: (n: number) => texts[n]?.[0] ?? 0,
    length: (n: number) => texts[n]?.[1].length ?? 0,
  };
}

function chunksOf(...texts: [pipe: number, text: string][]): string[] {
  const chunks: string[] = [];
  const joiner = new PacketJoiner((stream, chunk) => chunks.push(`${stream} ${Buffer.from(chunk)}`));
  joiner.onPackets(packets(...texts));
  return chunks;
}

t.test('packets that come at once go on as one chunk of each stream', async (t) => {
  t.strictSame(chunksOf(), []);
  t.strictSame(chunksOf([2, 'a']), ['stdout a']);
  t.strictSame(
    chunksOf([2, 'a'], [2, 'bb'], [3, 'c'], [3, 'dd'], [2, 'e']),
    ['stdout abb', 'stderr cdd', 'stdout e'],
    'the order of the streams holds',
  );
});

t.test('full packets and others', async (t) => {
  const full = 'x'.repeat(SLOT);
  t.strictSame(chunksOf([2, full], [2, full], [2, 'end']), [`stdout ${full}${full}end`]);
  t.strictSame(chunksOf([2, 'begin'], [2, full], [2, full], [3, full]), [
    `stdout begin${full}${full}`,
    `stderr ${full}`,
  ]);
});

t.test('what comes right behind a chunk waits a moment for more', async (t) => {
  const chunks: string[] = [];
  let now = 1000;
  let busy = 0;
  const joiner = new PacketJoiner(
    (_stream, chunk) => chunks.push(Buffer.from(chunk).toString()),
    () => busy++,
    () => now,
  );
  const full = Array.from({ length: CONMON_PACKETS.count }, (): [number, string] => [2, 'x']);
  joiner.onPackets(packets([2, 'at once']));
  t.strictSame(chunks.splice(0), ['at once'], 'after a silence');
  joiner.onPackets(packets([2, 'later']));
  t.strictSame(chunks, []);
  await sleep(20);
  t.strictSame(chunks.splice(0), ['later'], 'without anything else to come');
  t.equal(busy, 0);
  joiner.onPackets(packets(...full));
  t.strictSame(chunks.splice(0), ['x'.repeat(full.length)], 'no room for more');
  t.equal(busy, 1);
  joiner.onPackets(packets([2, 'the last']));
  joiner.flush();
  t.strictSame(chunks.splice(0), ['the last']);
  joiner.onPackets(packets([2, 'for nobody']));
  joiner.close();
  await sleep(20);
  t.strictSame(chunks, []);
  now += 10;
  joiner.onPackets(packets([2, 'again']));
  t.strictSame(chunks, ['again']);
});
