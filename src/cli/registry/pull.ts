// Asks the engine to pull an image and shows how it goes.

import type { Config } from '../config.ts';
import type { Engine } from '../connection/engine.ts';
import { showProgress } from '../output/progress.ts';
import type { Output } from '../world.ts';
import { registryAuth } from './credentials.ts';
import { parseReference } from './reference.ts';

export interface PullOptions {
  readonly engine: Engine;
  readonly config: Config;
  readonly image: string;
  readonly platform: string;
  readonly allTags?: boolean;
}

/** Without `out` nothing is shown. Throws what the engine says went wrong. */
export async function pullImage(options: PullOptions, out: Output | undefined): Promise<void> {
  const { engine, image, platform, allTags } = options;
  const reference = parseReference(image);
  const tag = allTags ? undefined : (reference.digest ?? reference.tag ?? 'latest');
  const auth = await registryAuth(options.config, reference.domain);
  const reply = await engine.send('POST', '/images/create', {
    query: { fromImage: reference.familiar, tag, platform },
    headers: { 'X-Registry-Auth': auth },
  });
  await showProgress(reply.body, out ?? silent());
}

function silent(): Output {
  return { write: () => true, isTTY: false } as unknown as Output;
}
