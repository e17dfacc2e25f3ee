/** A million lines that a container has written, read back from its log. */
import { FrameDecoder } from '../../../src/api/raw-stream.ts';
import { bodyOf, receive } from '../answer.ts';
import { create, remove } from '../container.ts';
import type { Engine } from '../engine.ts';
import { type Arena, above, atLeast, type Contender, type Line } from '../line.ts';
import { LONG, numbered, SHORT, textOf } from '../numbered.ts';

export const logsLines: Line = {
  name: 'logs-lines',
  title: 'reading the lines back, 100 bytes each',
  unit: 'MB/s',
  better: 'more',
  rounds: [4, 2],
  targets: [above(150, 'MB/s'), atLeast(1, 'podman'), atLeast(1, 'docker')],
  prepare: (arena) => readBack(arena, LONG),
};

export const logsShortLines: Line = {
  name: 'logs-short-lines',
  title: 'reading the lines back, 8 bytes each',
  unit: 'MB/s',
  better: 'more',
  rounds: [4, 2],
  targets: [atLeast(1, 'podman'), atLeast(1, 'docker')],
  prepare: (arena) => readBack(arena, SHORT),
};

/** Of skiff's logs the last 30 MB are kept unless more is asked for. */
const KEPT = { LogConfig: { Type: 'json-file', Config: { 'max-size': '500m' } } };
/** What comes with each line at most: its own head, and the marks of a chunk. */
const HEAD_PER_LINE = 20;

async function readBack({ engines, quick }: Arena, width: number): Promise<Contender[]> {
  const count = quick ? 300_000 : 1_000_000;
  const lines = textOf(count, width);
  // Filled, so that its pages are there before the clock runs.
  const room = Buffer.alloc(count * (width + HEAD_PER_LINE), 1);
  const { cmd } = numbered(count, width);
  return Promise.all(engines.map((engine) => contender(engine, cmd, lines, room)));
}

async function contender(engine: Engine, cmd: string[], lines: Buffer, room: Buffer): Promise<Contender> {
  const { name, api, socket } = engine;
  const id = await create(api, { cmd, hostConfig: KEPT });
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
