/** The archive of `docker import URL`. */
import { STATUS_CODES } from 'node:http';
import type { Readable } from 'node:stream';
import { EngineError, type ErrorKind, internal } from '../../core/errors.ts';
import type { ProgressListener } from '../../image/progress.ts';
import { readLimited } from '../../image/registry/http.ts';
import { networkError } from '../../image/registry/network-error.ts';

const REDIRECTS = 5;
/** Of what a server says when it refuses. */
const REASON_MAX = 64 * 1024;

const KINDS: Record<number, ErrorKind> = {
  400: 'invalid-argument',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
};

/** Only http(s): the URL is the client's, and so must not lead to the engine's own files. */
export async function fetchArchive(
  source: string,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Readable> {
  const url = urlOf(source);
  const { EnvHttpProxyAgent, interceptors, request } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent().compose(interceptors.redirect({ maxRedirections: REDIRECTS }));
  const { statusCode, body } = await request(url, { dispatcher, signal }).catch((error: unknown) => {
    throw unreached(networkError(error, `Get "${url.href}"`));
  });
  body.once('close', () => void dispatcher.close());
  if (statusCode >= 400) throw refused(url, statusCode, await readLimited(body, REASON_MAX));
  progress({ status: `Downloading from ${url.href}` });
  return body;
}

function urlOf(source: string): URL {
  if (source.startsWith('/')) throw internal(`Get "http://${source}": http: no Host in request URL`);
  const url = URL.canParse(source) ? new URL(source) : new URL(`http://${source}`);
  if (/^https?:$/.test(url.protocol)) return url;
  throw internal(`Get "${source}": unsupported protocol scheme "${url.protocol.slice(0, -1)}"`);
}

/** A name that nobody knows is something that is not there. */
function unreached(error: EngineError): EngineError {
  return /: no such host$/.test(error.message)
    ? new EngineError('not-found', error.message, { cause: error })
    : error;
}

function refused({ href }: URL, status: number, body: Buffer): EngineError {
  const text = `failed to GET ${href} with status ${status} ${STATUS_CODES[status] ?? ''}`;
  return new EngineError(KINDS[status] ?? 'internal', `${text}: ${body.toString().trim()}`);
}
