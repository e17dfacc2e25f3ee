/**
 * A refusal while the client still sends: closing at once would reset the connection, and the client would never read
 * why (RFC 9112, section 9.6). So what it sends is read on for a while, and thrown away. Go's server does the same.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isUpgraded } from '../server/upgrade.ts';

const MOST = 256 * 1024;
const LONGEST_MS = 500;

export function linger(app: FastifyInstance): void {
  app.addHook('onSend', async ({ raw }, reply, payload) => {
    if (reply.statusCode >= 400 && !raw.complete && !isUpgraded(raw)) await readOn(raw);
    return payload;
  });
}

/** Resolves when the body is over, or enough of it was read. */
function readOn(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let size = 0;
    const timer = setTimeout(resolve, LONGEST_MS);
    const settle = () => {
      clearTimeout(timer);
      resolve();
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST) settle();
    });
    for (const event of ['end', 'close', 'error']) request.once(event, settle);
    request.resume();
  });
}
