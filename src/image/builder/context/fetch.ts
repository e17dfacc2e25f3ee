/** Files by URL: remote contexts and the sources of ADD. Streamed to a file, hashed on the way. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestOfHex } from '../../../core/digest.ts';
import { EngineError, invalidArgument } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';
import { networkError } from '../../registry/network-error.ts';

export interface Fetched {
  digest: Digest;
  /** The name that the server gives it (`Content-Disposition`), if it does. */
  name?: string;
}

/** Fetches `url` into the new file `path`. Throws `invalid-argument` naming the URL for any answer but 200. */
export function fetchFile(url: string, path: string, signal: AbortSignal): Promise<Fetched> {
  return step('image.build.fetch', { url: withoutSecrets(url) }, async () => {
    const hash = createHash('sha256');
    try {
      const { statusCode, headers, body, close } = await get(url, signal);
      try {
        if (statusCode !== 200)
          throw invalidArgument(`failed to GET ${withoutSecrets(url)} with status ${statusCode}`);
        body.on('data', (chunk: Buffer) => hash.update(chunk));
        await pipeline(body, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
        const modified = dateOf(headers['last-modified']) ?? UNKNOWN_TIME;
        await utimes(path, modified, modified);
        return { digest: digestOfHex(hash.digest('hex')), name: nameIn(headers['content-disposition']) };
      } finally {
        await close();
      }
    } catch (error) {
      await rm(path, { force: true });
      throw fetchError(url, error, signal);
    }
  });
}

const MAX_REDIRECTIONS = 10;

interface Response {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  body: Readable;
  close(): Promise<void>;
}

/** Not by `fetch`, which refuses some ports and a user in the URL. */
async function get(url: string, signal: AbortSignal): Promise<Response> {
  // Loaded when it is needed: it would cost every start of the daemon 10 ms.
  const { Agent, interceptors, request } = await import('undici');
  const agent = new Agent();
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTIONS }));
  const target = new URL(url);
  const user = target.username === '' ? undefined : `${target.username}:${target.password}`;
  const authorization = user && `Basic ${Buffer.from(decodeURIComponent(user)).toString('base64')}`;
  target.username = '';
  target.password = '';
  try {
    const headers = { 'user-agent': 'skiff', ...(authorization && { authorization }) };
    const answer = await request(target, { dispatcher, signal, headers });
    return { ...answer, close: () => agent.destroy() };
  } catch (error) {
    await agent.destroy();
    throw error;
  }
}

export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** For messages: user and password of a URL are nobody's business. */
export function withoutSecrets(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/, '$1');
}

/** Where the server says none: Docker's choice, and two builds bring the same. */
const UNKNOWN_TIME = new Date(0);

/** RFC 6266, 4.1; the plain form. */
function nameIn(disposition: string | string[] | undefined): string | undefined {
  if (typeof disposition !== 'string') return undefined;
  const [, quoted, bare] = /;\s*filename=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? bare;
}

function dateOf(text: string | string[] | undefined): Date | undefined {
  const date = typeof text === 'string' ? new Date(text) : undefined;
  return date && Number.isFinite(date.getTime()) ? date : undefined;
}

function fetchError(url: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new EngineError('cancelled', 'the build was cancelled', { cause: error });
  if (error instanceof EngineError) return error;
  return invalidArgument(networkError(error, `Get "${withoutSecrets(url)}"`).message, error);
}
