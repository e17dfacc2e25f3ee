/** Operations of the API that no route serves are answered in words, not with "page not found". Registered last. */
import type {} from '@fastify/swagger';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { notImplemented, unavailable } from '../../core/errors.ts';
import { OPERATIONS } from './operations.ts';

/** dockerd's answer on a node that is in no swarm. */
const NO_SWARM =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
const SWARM_PATH = /^\/(nodes|services|tasks|secrets|configs|swarm)(\/|$)/;
const SWARM_ENTRY = /^\/swarm\/(init|join)$/;

export function unbuilt(app: FastifyInstance): void {
  for (const operation of OPERATIONS) {
    const [method = '', path = ''] = operation.split(' ');
    const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
    if (app.hasRoute({ method: method as HTTPMethods, url })) continue;
    app.route({
      method: method as HTTPMethods,
      url,
      schema: { hide: true },
      handler: async () => {
        throw refusal(operation, path);
      },
    });
  }
}

function refusal(operation: string, path: string): Error {
  if (SWARM_PATH.test(path) && !SWARM_ENTRY.test(path)) return unavailable(NO_SWARM);
  return notImplemented(`${operation} is not implemented by this engine`);
}
