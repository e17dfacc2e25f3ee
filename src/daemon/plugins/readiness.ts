/**
 * Until it is known what became of the containers while no daemon was there, requests wait for that. `/_ping` alone is
 * answered before: it says that somebody is there, nothing of what runs.
 */
import type { FastifyInstance } from 'fastify';

const PING = '/_ping';

/** What waits fails with `restored`. */
export function readiness(app: FastifyInstance, restored: Promise<void>): void {
  let isReady = false;
  restored.then(
    () => {
      isReady = true;
    },
    () => {},
  );
  app.addHook('onRequest', async ({ routeOptions }) => {
    if (!isReady && routeOptions.url !== PING) await restored;
  });
}
