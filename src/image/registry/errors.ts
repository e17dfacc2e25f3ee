/** What registries answer, in the engine's kinds and Docker's words. */
import { STATUS_CODES } from 'node:http';
import { EngineError, type ErrorKind } from '../../core/errors.ts';

export class RegistryError extends EngineError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The first code of the body: `MANIFEST_UNKNOWN`, `DENIED` … */
  readonly code: string;
  /** The first of several, as the message has it if there is one alone. */
  readonly first: string;
  /** Milliseconds for which the registry asks to be left alone. */
  readonly retryAfter: number;

  constructor(
    kind: ErrorKind,
    message: string,
    {
      status,
      code,
      first = message,
      retryAfter = 0,
      cause,
    }: { status: number; code: string; first?: string; retryAfter?: number; cause?: unknown },
  ) {
    super(kind, message, { cause });
    this.status = status;
    this.code = code;
    this.first = first;
    this.retryAfter = retryAfter;
  }
}

const KINDS: Record<number, ErrorKind> = { 401: 'unauthorized', 403: 'forbidden', 404: 'not-found' };

/** `retryAfter`: the header of that name. */
export function registryError(status: number, body: Buffer, retryAfter?: string | string[]): RegistryError {
  const [first, ...others] = errorsIn(body);
  const kind = KINDS[status] ?? 'internal';
  const rest = { status, retryAfter: delayIn(String(retryAfter ?? '')) };
  if (!first || status >= 500) {
    return new RegistryError(kind, unexplained(status, body), { ...rest, code: first?.code ?? '' });
  }
  const [text = '', ...more] = [first, ...others].map(
    ({ code, message }) => `${words(code)}: ${message || words(code)}`,
  );
  const all = more.length === 0 ? text : `errors:\n${[text, ...more].map((line) => `${line}\n`).join('')}`;
  return new RegistryError(kind, all, { ...rest, code: first.code, first: text });
}

/** Docker shows what it could not read. */
function unexplained(status: number, body: Buffer): string {
  if (status === 401) return 'unauthorized: authentication required';
  if (status >= 500) return `received unexpected HTTP status: ${status} ${STATUS_CODES[status] ?? ''}`.trim();
  const text = body.toString();
  return `error parsing HTTP ${status} response body: ${faultIn(text)}: ${JSON.stringify(text)}`;
}

/** As Go's encoding/json words it. */
function faultIn(text: string): string {
  const [first] = text.trimStart();
  if (first === undefined) return 'unexpected end of JSON input';
  if (/[[{"\dtfn-]/.test(first)) return 'no error details found in HTTP response body';
  return `invalid character '${first}' looking for beginning of value`;
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function delayIn(header: string): number {
  const delay = /^[0-9]{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Math.max(0, delay || 0);
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
