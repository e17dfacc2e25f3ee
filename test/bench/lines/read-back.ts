/** A million lines that a container has written, read back from its log. */
import { FrameDecoder } from '../../../src/api/raw-stream.ts';
import { bodyOf, receive } from '../answer.ts';
import { create, remove } from '../container.ts';
import type { Engine } from '../engine.ts';
import { type Arena, above, atLeast, type Contender, type Line } from '../line.ts';

export const logsLines: Line = {
  name: 'logs-lines',
  title: 'reading the lines back',
  unit: 'MB/s',
  better: 'more',
  rounds: [4, 2],
  targets: [above(150, 'MB/s'), atLeast(1, 'podman'), atLeast(1, 'docker')],
  prepare: readBack,
};

/** Of skiff's logs the last 30 MB are kept unless more is asked for. */
const KEPT = { LogConfig: { Type: 'json-file', Config: { 'max-size': '500m' } } };
/** For each line a head of its own, at most, and the marks of chunks. */
const ROOM_PER_LINE = 20;

async function readBack({ engines, quick }: Arena): Promise<Contender[]> {
  const count = quick ? 300_000 : 1_000_000;
  const lines = Buffer.from(Array.from({ length: count }, (_, n) => `${n + 1}\n`).join(''));
  // Filled, so that its pages are there before the clock runs.
  const room = Buffer.alloc(count * ROOM_PER_LINE, 1);
  return Promise.all(engines.map((engine) => contender(engine, count, lines, room)));
}

async function contender(engine: Engine, count: number, lines: Buffer, room: Buffer): Promise<Contender> {
  const { name, api, socket } = engine;
  const id = await create(api, { cmd: ['seq', String(count)], hostConfig: KEPT });
  await api.call('POST', `/containers/${id}/start`);
  await api.call('POST', `/containers/${id}/wait`);
  return {
    name,
    async sample() {
      const started = performance.now();
      const answer = await receive(socket, `/containers/${id}/logs?stdout=1`, room);
      const took = performance.now() - started;
      if (!payloadOf(bodyOf(answer)).equals(lines)) throw new Error('not every line is there, and in order');
      return lines.length / 1e3 / took;
    },
    close: () => remove(api, id),
  };
}

function payloadOf(frames: Buffer): Buffer {
  const payloads: Uint8Array[] = [];
  new FrameDecoder((_stream, payload) => payloads.push(payload)).push(frames);
  return Buffer.concat(payloads);
}
