/** `POST /containers/{id}/wait`: the head is sent at once, so that the client knows it is being waited; the body at the end. */
import type { FastifyReply } from 'fastify';
import { invalidArgument } from '../../../core/errors.ts';
import type { Container } from '../../container/container.ts';
import { WAIT_CONDITIONS, type WaitCondition, waitContainer } from '../../container/wait.ts';
import type { Outcome } from '../../container/watchers.ts';
import type { Engine } from '../../engine.ts';

export async function answerWait(
  engine: Engine,
  container: Container,
  asked: string | undefined,
  reply: FastifyReply,
): Promise<void> {
  const condition = parseCondition(asked);
  const gone = new AbortController();
  const outcome = waitContainer(engine, container, condition, gone.signal);
  reply.hijack();
  const { raw } = reply;
  raw.once('close', () => gone.abort());
  raw.writeHead(200, { ...replyHeaders(reply), 'Content-Type': 'application/json' });
  raw.flushHeaders();
  await outcome.then(
    (end) => raw.end(JSON.stringify(shown(end))),
    () => raw.destroy(),
  );
}

const replyHeaders = (reply: FastifyReply) => reply.getHeaders() as Record<string, string>;

function shown({ exit, error }: Outcome) {
  return error === undefined
    ? { StatusCode: exit.code }
    : { StatusCode: exit.code, Error: { Message: error } };
}

function parseCondition(text: string | undefined): WaitCondition {
  const condition = WAIT_CONDITIONS.find((known) => known === (text || 'not-running'));
  if (!condition) throw invalidArgument(`invalid condition: ${JSON.stringify(text)}`);
  return condition;
}
