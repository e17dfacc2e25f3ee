/** Output of containers as it comes: bytes through attach, and lines. */
import type { Readable } from 'node:stream';
import { create, remove } from '../container.ts';
import type { Engine } from '../engine.ts';
import { type Arena, atLeast, type Contender, type Line } from '../line.ts';
import { LONG, numbered, SHORT } from '../numbered.ts';

const BYTES = { cmd: ['sh', '-c', 'dd if=/dev/zero bs=65536 count=COUNT 2>/dev/null'], unit: 65536 };

export const attachBytes: Line = {
  name: 'attach-bytes',
  title: 'attach: 300 MB',
  unit: 'MB/s',
  better: 'more',
  rounds: [4, 1],
  warm: false,
  targets: [atLeast(1, 'podman'), atLeast(1, 'docker')],
  prepare: (arena) => attached(arena, bytes(arena.quick ? 100 : 300)),
};

const attachNumbered = (width: number): Omit<Line, 'name' | 'title'> => ({
  unit: 'MB/s',
  better: 'more',
  rounds: [4, 1],
  warm: false,
  targets: [atLeast(1, 'podman'), atLeast(1, 'docker')],
  prepare: (arena) => attached(arena, numbered(arena.quick ? 300_000 : 1_000_000, width)),
});

export const attachLines: Line = {
  name: 'attach-lines',
  title: 'attach: 1M lines of 100 bytes',
  ...attachNumbered(LONG),
};

export const attachShortLines: Line = {
  name: 'attach-short-lines',
  title: 'attach: 1M lines of 8 bytes',
  ...attachNumbered(SHORT),
};

interface Flow {
  cmd: string[];
  /** What must arrive, in bytes. */
  size: number;
}

function bytes(megabytes: number): Flow {
  const count = Math.round((megabytes * 1e6) / BYTES.unit);
  return { cmd: BYTES.cmd.map((word) => word.replace('COUNT', String(count))), size: count * BYTES.unit };
}

async function attached({ engines, floor }: Arena, flow: Flow): Promise<Contender[]> {
  return [
    { name: 'floor', sample: () => throughPipe(floor, flow) },
    ...engines.map((engine) => ({ name: engine.name, sample: () => attachOnce(engine, flow) })),
  ];
}

/** runc alone, its stdout read and thrown away. */
async function throughPipe(floor: Arena['floor'], { cmd, size }: Flow): Promise<number> {
  const started = performance.now();
  const got = await floor.count(cmd);
  return rate(got, size, started);
}

/** From the attach on: Podman makes the container then, the others when it starts, and the floor has both in it. */
async function attachOnce({ api }: Engine, { cmd, size }: Flow): Promise<number> {
  const id = await create(api, { cmd });
  try {
    const started = performance.now();
    const stream = await api.hijack(`/containers/${id}/attach?stream=1&stdout=1`);
    const counting = countFrames(stream);
    await api.call('POST', `/containers/${id}/start`);
    return rate(await counting, size, started);
  } finally {
    await remove(api, id);
  }
}

function rate(got: number, wanted: number, started: number): number {
  if (got !== wanted) throw new Error(`${got} of ${wanted} bytes arrived`);
  return wanted / 1e3 / (performance.now() - started);
}

/** Payload bytes of a stream in Docker's frames: one byte for the stream, three of zero, four for the length. */
async function countFrames(stream: Readable): Promise<number> {
  let payload = 0;
  let inFrame = 0;
  const head = Buffer.alloc(8);
  let headBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; ) {
      if (inFrame > 0) {
        const step = Math.min(inFrame, chunk.length - at);
        payload += step;
        inFrame -= step;
        at += step;
        continue;
      }
      if (headBytes === 0 && at + 8 <= chunk.length) {
        inFrame = chunk.readUInt32BE(at + 4);
        at += 8;
        continue;
      }
      head[headBytes++] = chunk[at++] ?? 0;
      if (headBytes < 8) continue;
      headBytes = 0;
      inFrame = head.readUInt32BE(4);
    }
  }
  return payload;
}
