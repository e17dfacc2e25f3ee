/** What registries answer, in the engine's kinds and Docker's words. */
import { STATUS_CODES } from 'node:http';
import { EngineError, type ErrorKind } from '../../core/errors.ts';
import { parseChallenges } from './challenge.ts';

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

/** The registry, or its token server, will not; asking again for the same is of no use. */
export function isRefused(error: unknown): boolean {
  return error instanceof RegistryError && error.status >= 400 && error.status < 500;
}

/**
 * By what the registry says, not by the status of its answer (distribution: registry/api/errcode). What says nothing is
 * a fault of the registry.
 */
const KINDS: Record<string, ErrorKind> = {
  UNAUTHORIZED: 'unauthorized',
  DENIED: 'forbidden',
  UNAVAILABLE: 'unavailable',
  TOOMANYREQUESTS: 'too-many-requests',
  UNSUPPORTED: 'unsupported',
  NAME_UNKNOWN: 'not-found',
  MANIFEST_UNKNOWN: 'not-found',
  BLOB_UNKNOWN: 'not-found',
  BLOB_UPLOAD_UNKNOWN: 'not-found',
  BLOB_UPLOAD_INVALID: 'not-found',
  DIGEST_INVALID: 'invalid-argument',
  SIZE_INVALID: 'invalid-argument',
  NAME_INVALID: 'invalid-argument',
  TAG_INVALID: 'invalid-argument',
  MANIFEST_INVALID: 'invalid-argument',
  MANIFEST_UNVERIFIED: 'invalid-argument',
  MANIFEST_BLOB_UNKNOWN: 'invalid-argument',
};

/** A refusal without a word of explanation in its body. */
const SILENT: Record<string, { code: string; message: string }> = {
  insufficient_scope: { code: 'DENIED', message: 'requested access to the resource is denied' },
  invalid_token: { code: 'UNAUTHORIZED', message: 'authentication required' },
};

export interface Refusal {
  status: number;
  headers?: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export function registryError({ status, headers = {}, body }: Refusal): RegistryError {
  const asked = parseChallenges(headers['www-authenticate']).map(({ parameters }) => parameters.error ?? '');
  const refused = status === 401 ? asked.flatMap((error) => SILENT[error] ?? []) : [];
  const [first, ...others] = [...refused.slice(0, 1), ...errorsIn(status, body)];
  const rest = { status, retryAfter: delayIn(String(headers['retry-after'] ?? '')) };
  if (!first || status >= 500) {
    const kind = status === 401 ? 'unauthorized' : 'internal';
    return new RegistryError(kind, unexplained(status, body), { ...rest, code: first?.code ?? '' });
  }
  const kind = KINDS[first.code] ?? 'internal';
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

/** Some have `details` where others have a list; then the status says what it is about. */
function errorsIn(status: number, body: Buffer): { code: string; message: string }[] {
  try {
    const { errors, details } = JSON.parse(body.toString());
    const code = { 401: 'UNAUTHORIZED', 429: 'TOOMANYREQUESTS' }[status] ?? 'UNKNOWN';
    if (typeof details === 'string') return [{ code, message: details }];
    return (Array.isArray(errors) ? errors : []).map(({ code, message }) => ({
      code: String(code ?? ''),
      message: String(message ?? ''),
    }));
  } catch {
    return [];
  }
}

const words = (code: string) => code.replaceAll('_', ' ').toLowerCase();
