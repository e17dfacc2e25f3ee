/** Carries a result or an error from a worker thread to the main one. */
import { EngineError, errnoOf, messageOf } from '../../core/errors.ts';
import { GrowthFailed } from './growing-file.ts';
import type { Outcome } from './job.ts';
import { RingAborted } from './ring.ts';

export function outcomeOf<T>(operation: () => T): Outcome<T> {
  try {
    return { value: operation() };
  } catch (error) {
    return failure(error);
  }
}

/** `follows`: somebody else failed first and knows the reason. */
export function failure(error: unknown): Outcome<never> {
  const kind =
    error instanceof EngineError
      ? error.kind
      : errnoOf(error)?.startsWith('Z_')
        ? 'invalid-argument'
        : 'internal';
  const follows = error instanceof RingAborted || error instanceof GrowthFailed;
  return { error: { kind, message: messageOf(error), follows } };
}

/** The value, or throws what went wrong. */
export function resultOf<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value;
  throw new EngineError(outcome.error.kind, outcome.error.message);
}

/** The values; or throws the first cause among several outcomes. */
export function valuesOf<A, B>(first: Outcome<A>, second: Outcome<B>): [A, B] {
  if ('value' in first && 'value' in second) return [first.value, second.value];
  const errors = [first, second].flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  const cause = errors.find(({ follows }) => !follows) ?? errors[0];
  throw new EngineError(cause?.kind ?? 'internal', cause?.message ?? 'unpacking failed');
}
