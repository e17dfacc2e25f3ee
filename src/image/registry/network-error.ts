/** Why there was no answer from a registry, in the words that Docker has from Go: people search for them. */
import { getSystemErrorMessage } from 'node:util';
import { EngineError, errnoOf, messageOf } from '../../core/errors.ts';
import { RegistryError } from './errors.ts';

/** What Node and undici tell of a failure. */
interface Failure extends NodeJS.ErrnoException {
  address?: string;
  port?: number;
  hostname?: string;
  /** Of a certificate for others. */
  host?: string;
  cert?: { subjectaltname?: string };
  /** What was no HTTP. */
  data?: string;
}

/**
 * `attempt`: `Get "https://…"`. `ping`: the same of `/v2/`, which Docker asks before all else, so that its word for a
 * registry that cannot be reached names that.
 */
export function networkError(error: unknown, attempt: string, ping = attempt): EngineError {
  if (error instanceof EngineError) return error;
  const failure = causeOf(error);
  const code = errnoOf(failure) ?? '';
  const unreached = CONNECTING[code]?.(failure) ?? refusedByTls(failure);
  const message = unreached === undefined ? `${attempt}: ${cutWords(failure)}` : `${ping}: ${unreached}`;
  return new RegistryError('internal', message, { status: 0, code, cause: error });
}

/** Nothing was said yet: the connection, or the TLS on it, did not come to be. */
export function neverConnected(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    error.status === 0 &&
    !/^UND_ERR_(?:BODY|HEADERS)_TIMEOUT$/.test(error.code)
  );
}

/** Of several addresses that were tried, the first. */
function causeOf(error: unknown): Failure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error ? first : new Error(String(first));
}

const UNTRUSTED = () => x509('certificate signed by unknown authority');

const CONNECTING: Record<string, (failure: Failure) => string> = {
  ECONNREFUSED: dial,
  ENETUNREACH: dial,
  EHOSTUNREACH: dial,
  ETIMEDOUT: dial,
  ENOTFOUND: ({ hostname }) => `dial tcp: lookup ${hostname ?? ''}: no such host`,
  EAI_AGAIN: ({ hostname }) => `dial tcp: lookup ${hostname ?? ''}: Temporary failure in name resolution`,
  UND_ERR_CONNECT_TIMEOUT: () =>
    'net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: () => x509('certificate has expired or is not yet valid'),
  CERT_NOT_YET_VALID: () => x509('certificate has expired or is not yet valid'),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host, cert }) =>
    x509(`certificate is valid for ${namesIn(cert)}, not ${host ?? ''}`),
};

function dial({ address = '', port, errno = 0 }: Failure): string {
  const where = address.includes(':') ? `[${address}]` : address;
  return `dial tcp ${where}:${port ?? ''}: connect: ${getSystemErrorMessage(errno)}`;
}

function x509(reason: string): string {
  return `tls: failed to verify certificate: x509: ${reason}`;
}

/** `DNS:a.example, IP Address:10.0.0.1` */
function namesIn(cert: Failure['cert']): string {
  return (cert?.subjectaltname ?? '').replace(/(?:DNS|IP Address):/g, '') || 'nobody';
}

/** OpenSSL takes the first bytes of an answer in plain HTTP for a record of TLS (RFC 8446, 5.1). */
function refusedByTls({ message }: Failure): string | undefined {
  const isPlain = /wrong version number|packet length too long|http request/i.test(message);
  return isPlain ? 'http: server gave HTTP response to HTTPS client' : undefined;
}

function cutWords(failure: Failure): string {
  const code = errnoOf(failure) ?? '';
  if (failure.name === 'HTTPParserError')
    return `malformed HTTP response ${JSON.stringify(firstLine(failure.data))}`;
  if (code === 'ECONNRESET' && failure.syscall === 'read') return 'read: connection reset by peer';
  if (code === 'UND_ERR_SOCKET') return 'EOF';
  return messageOf(failure) || code || 'no answer';
}

function firstLine(data: unknown): string {
  return String(data ?? '').replace(/[\r\n][\s\S]*/, '');
}
