/** What every answer of the API carries, so that a client can tell whom it talks to before it asks anything. */
import type { FastifyInstance } from 'fastify';
import { API_VERSION } from '../../api/version.ts';

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
}
