/** What registries and the network say, in the engine's kinds and Docker's words. */
import { EngineError, type ErrorKind, errnoOf, messageOf } from '../../core/errors.ts';

export class RegistryError extends EngineError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The first code of the body: `MANIFEST_UNKNOWN`, `DENIED` … */
  readonly code: string;
  /** Milliseconds for which the registry asks to be left alone. */
  readonly retryAfter: number;

  constructor(
    kind: ErrorKind,
    message: string,
    {
      status,
      code,
      retryAfter = 0,
      cause,
    }: { status: number; code: string; retryAfter?: number; cause?: unknown },
  ) {
    super(kind, message, { cause });
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

const KINDS: Record<number, ErrorKind> = { 401: 'unauthorized', 403: 'forbidden', 404: 'not-found' };

/** An answer to HEAD has no body that could explain. */
const UNEXPLAINED: Record<number, string> = {
  401: 'unauthorized: authentication required',
  403: 'denied: requested access to the resource is denied',
};

/** `attempt`: `Get "https://…"`; used when the body explains nothing. `retryAfter`: the header of that name. */
export function registryError(
  status: number,
  body: Buffer,
  attempt: string,
  retryAfter?: string | string[],
): RegistryError {
  const [first, ...others] = errorsIn(body);
  const kind = KINDS[status] ?? 'internal';
  const rest = { status, retryAfter: delayIn(String(retryAfter ?? '')) };
  if (!first) {
    const text = UNEXPLAINED[status] ?? `received unexpected HTTP status: ${status}`;
    return new RegistryError(kind, `${attempt}: ${text}`, { ...rest, code: '' });
  }
  const texts = [first, ...others].map(({ code, message }) => `${words(code)}: ${message || words(code)}`);
  return new RegistryError(kind, texts.join('\n'), { ...rest, code: first.code });
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function delayIn(header: string): number {
  const delay = /^[0-9]{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Math.max(0, delay || 0);
}

/** No answer at all: refused, reset, timed out, a certificate that is not trusted. */
export function networkError(error: unknown, attempt: string): EngineError {
  if (error instanceof EngineError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const rest = { status: 0, code: errnoOf(cause) ?? '', cause: error };
  return new RegistryError('internal', `${attempt}: ${reason(cause)}`, rest);
}

/** Nothing was said yet: the connection, or the TLS on it, did not come to be. */
export function neverConnected(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    error.status === 0 &&
    !/^UND_ERR_(?:BODY|HEADERS)_TIMEOUT$/.test(error.code)
  );
}

function reason(error: unknown): string {
  switch (errnoOf(error)) {
    case 'ECONNREFUSED':
      return 'connect: connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${(error as { hostname?: string }).hostname ?? ''}: no such host`;
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'net/http: request canceled while waiting for connection (Client.Timeout exceeded)';
    default:
      return messageOf(error) || (errnoOf(error) ?? 'no answer');
  }
}

function errorsIn(body: Buffer): { code: string; message: string }[] {
  try {
    const { errors, details } = JSON.parse(body.toString());
    if (typeof details === 'string') return [{ code: 'unauthorized', message: details }];
    return (Array.isArray(errors) ? errors : []).map(({ code, message }) => ({
      code: String(code ?? ''),
      message: String(message ?? ''),
    }));
  } catch {
    return [];
  }
}

const words = (code: string) => code.replaceAll('_', ' ').toLowerCase();
