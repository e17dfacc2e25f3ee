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

/** What to tell a person who chooses contexts while a variable decides; '' when none does. */
export function overrideWarning(env: Env): string {
  const name = env.SKIFF_HOST ? 'SKIFF_HOST' : env.DOCKER_HOST ? 'DOCKER_HOST' : undefined;
  if (!name) return '';
  const wayOut = `To use a context, either set the global --context flag, or unset ${name} environment variable.`;
  return `Warning: ${name} environment variable overrides the active context. ${wayOut}\n`;
}
