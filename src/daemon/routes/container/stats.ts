/** `GET /containers/{id}/stats`: one sample a second for as long as somebody listens, or just one. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { ContainerStats } from '../../../api/stats.ts';
import type { Container } from '../../container/container.ts';
import { sampleStats } from '../../container/stats.ts';
import type { Engine } from '../../engine.ts';

const INTERVAL = 1000;

export async function answerStats(
  engine: Engine,
  container: Container,
  wishes: { stream: boolean; oneShot: boolean },
  reply: FastifyReply,
): Promise<ContainerStats | undefined> {
  if (!wishes.stream) return single(engine, container, wishes.oneShot);
  reply.hijack();
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'Content-Type': 'application/json',
  });
  reply.raw.flushHeaders();
  await stream(engine, container, reply, gone.signal);
  return undefined;
}

/** Without one-shot a second sample is taken, so that the client can reckon a percentage from one answer. */
async function single(engine: Engine, container: Container, oneShot: boolean): Promise<ContainerStats> {
  const first = sampleStats(engine, container);
  if (oneShot || !engine.tasks.get(container.id)) return first;
  await delay(INTERVAL);
  return sampleStats(engine, container, first);
}

/** Ends when the client goes or the container is removed. A client that does not read gets no further samples. */
async function stream(
  engine: Engine,
  container: Container,
  { raw }: FastifyReply,
  signal: AbortSignal,
): Promise<void> {
  let before: ContainerStats | undefined;
  while (!signal.aborted && engine.containers.find(container.id)) {
    before = sampleStats(engine, container, before);
    if (!raw.writableNeedDrain) raw.write(`${JSON.stringify(before)}\n`);
    await delay(INTERVAL, undefined, { signal }).catch(() => {});
  }
  raw.end();
}
