/** What the thread answers. Errors lose their class between threads: kind and text cross. */
import { EngineError, type ErrorKind, errnoOf, messageOf } from '../../../core/errors.ts';

export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: { kind: ErrorKind; message: string } };

export function failureOf(id: number, error: unknown): Answer {
  const kind =
    error instanceof EngineError ? error.kind : errnoOf(error) === 'ENOSPC' ? 'unavailable' : 'internal';
  return { id, error: { kind, message: messageOf(error) } };
}
