/** The archive of `docker import URL`. */
import type { Readable } from 'node:stream';
import { invalidArgument, messageOf, unavailable } from '../../core/errors.ts';
import type { ProgressListener } from '../../image/progress.ts';

const REDIRECTS = 5;

/** Only http(s): the URL is the client's, and so must not lead to the engine's own files. */
export async function fetchArchive(
  source: string,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Readable> {
  const url = URL.canParse(source) ? new URL(source) : new URL(`http://${source}`);
  if (!/^https?:$/.test(url.protocol)) throw invalidArgument(`unsupported protocol scheme "${url.protocol}"`);
  progress({ status: `Downloading from ${url.href}` });
  const { EnvHttpProxyAgent, interceptors, request } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent().compose(interceptors.redirect({ maxRedirections: REDIRECTS }));
  const response = await request(url, { dispatcher, signal }).catch((error: unknown) => {
    throw unavailable(`Get "${url.href}": ${messageOf(error)}`, error);
  });
  response.body.once('close', () => void dispatcher.close());
  if (response.statusCode === 200) return response.body;
  await response.body.dump();
  throw unavailable(`Got HTTP status code >= 400: ${response.statusCode}`);
}
