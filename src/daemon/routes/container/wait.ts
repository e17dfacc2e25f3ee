/** `POST /containers/{id}/wait`: the head is sent at once, so that the client knows it is being waited; the body at the end. */
import type { FastifyReply } from 'fastify';
import { olderThan } from '../../../api/version.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { Container } from '../../container/container.ts';
import { WAIT_CONDITIONS, type WaitCondition, waitContainer } from '../../container/wait.ts';
import type { Outcome } from '../../container/watchers.ts';
import type { Engine } from '../../engine.ts';

export async function answerWait(
  engine: Engine,
  container: Container,
  { condition: asked, apiVersion }: { condition: string | undefined; apiVersion: string },
  reply: FastifyReply,
): Promise<void> {
  const withoutCondition = olderThan(apiVersion, '1.30');
  const condition = parseCondition(withoutCondition ? undefined : asked);
  const gone = new AbortController();
  const outcome = waitContainer(engine, container, condition, gone.signal);
  reply.hijack();
  const { raw } = reply;
  raw.once('close', () => gone.abort());
  raw.writeHead(200, { ...replyHeaders(reply), 'Content-Type': 'application/json' });
  if (!withoutCondition) raw.flushHeaders();
  await outcome.then(
    (end) =>
      raw.end(condition === 'removed' && hasNoWords(end, apiVersion) ? '' : JSON.stringify(shown(end))),
    () => raw.destroy(),
  );
}

/** Before 1.34 a removal that failed was told by saying nothing. */
const hasNoWords = ({ error }: Outcome, apiVersion: string) =>
  error !== undefined && olderThan(apiVersion, '1.34');

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
