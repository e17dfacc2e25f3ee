/**
 * The one error type of the engine. A layer says what *kind* of thing went wrong; only the HTTP
 * error handler (daemon/plugins/errors.ts) knows which status a kind becomes.
 */
export type ErrorKind =
  | 'invalid-argument'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'not-modified'
  | 'not-implemented'
  | 'too-large'
  | 'too-many-requests'
  | 'unsupported'
  | 'unavailable'
  | 'cancelled'
  | 'internal';

export class EngineError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
  }
}

export const invalidArgument = (message: string, cause?: unknown) =>
  new EngineError('invalid-argument', message, { cause });
export const notFound = (message: string, cause?: unknown) =>
  new EngineError('not-found', message, { cause });
export const conflict = (message: string, cause?: unknown) => new EngineError('conflict', message, { cause });
export const notModified = (message: string) => new EngineError('not-modified', message);
export const notImplemented = (message: string) => new EngineError('not-implemented', message);
export const forbidden = (message: string, cause?: unknown) =>
  new EngineError('forbidden', message, { cause });
export const unavailable = (message: string, cause?: unknown) =>
  new EngineError('unavailable', message, { cause });
export const internal = (message: string, cause?: unknown) => new EngineError('internal', message, { cause });

export function isKind(error: unknown, kind: ErrorKind): error is EngineError {
  return error instanceof EngineError && error.kind === kind;
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Node's (and our kernel layer's) errno name of an error: `ENOENT`, `EBUSY` … */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Swallows the errno names given (a file already gone, say); anything else is thrown on. */
export function ignoring(...codes: string[]): (error: unknown) => void {
  return (error) => {
    const code = errnoOf(error);
    if (code === undefined || !codes.includes(code)) throw error;
  };
}
