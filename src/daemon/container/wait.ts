/** `docker wait` under its three conditions. */
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { isUp } from './state.ts';
import type { Outcome } from './watchers.ts';

export const WAIT_CONDITIONS = ['not-running', 'next-exit', 'removed'] as const;
export type WaitCondition = (typeof WAIT_CONDITIONS)[number];

/** The caller has begun to wait once this has returned, whatever happens next. */
export function waitContainer(
  engine: Engine,
  container: Container,
  condition: WaitCondition,
  signal?: AbortSignal,
): Promise<Outcome> {
  if (condition === 'removed') return engine.watchers.next('removed', container.id, signal);
  if (condition === 'not-running' && !isUp(container.state) && container.state.status !== 'restarting') {
    return Promise.resolve(lastOutcome(container));
  }
  return engine.watchers.next('exit', container.id, signal);
}

export function lastOutcome({ state }: Container): Outcome {
  const exit = { code: state.exitCode, at: 0n, oomKilled: state.oomKilled };
  return state.error === '' ? { exit } : { exit, error: state.error };
}
