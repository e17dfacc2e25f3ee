/** What every answer of the API carries, so that a client can tell whom it talks to before it asks anything. */
import type { FastifyInstance } from 'fastify';
import { API_VERSION } from '../../api/version.ts';

const FASTIFY_JSON = 'application/json; charset=utf-8';

export function headers(app: FastifyInstance, engineVersion: string): void {
  const always = {
    'Api-Version': API_VERSION,
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    Server: `Skiff/${engineVersion} (linux)`,
  };
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(always);
  });
  // Clients up to 20.10 read a message only out of `application/json`, to the letter; fastify adds a charset.
  app.addHook('onSend', async (_request, reply, payload) => {
    if (reply.getHeader('content-type') === FASTIFY_JSON) reply.header('content-type', 'application/json');
    return payload;
  });
}
