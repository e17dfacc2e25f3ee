/** Builds over the API with the classic builder: one whose twenty steps are cached, one that runs ten. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { time } from '../container.ts';
import type { Engine } from '../engine.ts';
import { type Arena, atMost, below, type Contender, type Line } from '../line.ts';

export const buildCached: Line = {
  name: 'build-cached',
  title: 'build of 20 cached steps',
  unit: 'ms',
  better: 'less',
  rounds: [10, 4],
  targets: [below(150, 'ms'), atMost(1, 'docker'), atMost(1, 'podman')],
  prepare: (arena) => building(arena, (count) => `ENV STEP_${count}=value`, 20, 'false'),
};

export const buildRun: Line = {
  name: 'build-run',
  title: 'build with 10 RUN true',
  unit: 'ms',
  better: 'less',
  rounds: [4, 1],
  warm: false,
  targets: [atMost(1 / 3, 'docker'), atMost(1, 'podman')],
  prepare: (arena) => building(arena, () => 'RUN true', 10, 'true'),
};

async function building(
  { engines }: Arena,
  step: (count: number) => string,
  steps: number,
  noCache: 'true' | 'false',
): Promise<Contender[]> {
  const lines = Array.from({ length: steps }, (_, count) => step(count));
  const context = await contextOf(['FROM busybox', ...lines, ''].join('\n'));
  return engines.map((engine) => ({
    name: engine.name,
    sample: () => time(() => build(engine, context, noCache)),
  }));
}

async function build({ api }: Engine, context: Buffer, noCache: string): Promise<void> {
  const query = `t=bench-build&nocache=${noCache}&rm=1&networkmode=none`;
  const said = await text(await api.stream('POST', `/build?${query}`, Readable.from([context])));
  if (!/Successfully (built|tagged)/.test(said)) throw new Error(said.slice(-500));
}

async function contextOf(dockerfile: string): Promise<Buffer> {
  const context = pack();
  context.entry({ name: 'Dockerfile' }, dockerfile);
  context.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of context as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
