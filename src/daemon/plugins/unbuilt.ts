/** What a request is told that no route serves: an operation of the API that is not built, or no operation at all. */
import { type EngineError, notFound, notImplemented, unavailable } from '../../core/errors.ts';
import { OPERATIONS } from './operations.ts';

/** dockerd's answer on a node that is in no swarm. */
export const NO_SWARM =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
const SWARM_PATH = /^\/(nodes|services|tasks|secrets|configs|swarm)(\/|$)/;
/** dockerd serves them when it is told to be experimental; they are in no API description. */
const CHECKPOINTS = /^\/containers\/[^/]+\/checkpoints(\/|$)/;
const SWARM_ENTRY = /^\/swarm\/(init|join)$/;

/** `url` as the router saw it: without version, an image name in one segment. */
export function unservedError(method: string, url: string): EngineError {
  const path = url.replace(/\?.*$/, '');
  if (CHECKPOINTS.test(path)) return notImplemented('checkpoints are not implemented by this engine');
  const operation = OPERATIONS.find((known) => isOperation(known, method, path));
  if (operation === undefined) return notFound('page not found');
  if (path === '/swarm/leave') return unavailable('This node is not part of a swarm');
  if (SWARM_PATH.test(path) && !SWARM_ENTRY.test(path)) return unavailable(NO_SWARM);
  return notImplemented(`${operation} is not implemented by this engine`);
}

function isOperation(operation: string, method: string, path: string): boolean {
  const [knownMethod = '', template = ''] = operation.split(' ');
  return knownMethod === method && new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}
