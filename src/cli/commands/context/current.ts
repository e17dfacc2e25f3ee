// Which context is in force, and what 'default' stands for.

import type { Config } from '../../config.ts';
import { defaultHost } from '../../connection/endpoint.ts';
import type { Engine } from '../../connection/engine.ts';
import type { Context } from '../../context-store.ts';

type Env = Readonly<Record<string, string | undefined>>;

export function currentContext(config: Config, env: Env): string {
  if (env.SKIFF_HOST || env.DOCKER_HOST) return 'default';
  return env.SKIFF_CONTEXT || config.file.currentContext || 'default';
}

export function defaultContext(engine: Engine, current: string): Context {
  const host = current === 'default' ? engine.endpoint.text : defaultHost;
  return { name: 'default', description: 'Current SKIFF_HOST based configuration', host };
}
