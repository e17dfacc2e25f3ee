/** Files by URL: remote contexts and the sources of ADD. Streamed to a file, hashed on the way. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestOfHex } from '../../../core/digest.ts';
import { EngineError, invalidArgument, messageOf } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';

export interface Fetched {
  digest: Digest;
  /** `Last-Modified`, if the server says one. */
  modified?: Date;
}

/** Fetches `url` into the new file `path`. Throws `invalid-argument` naming the URL for any answer but 200. */
export function fetchFile(url: string, path: string, signal: AbortSignal): Promise<Fetched> {
  return step('image.build.fetch', { url: withoutSecrets(url) }, async () => {
    const hash = createHash('sha256');
    try {
      // Loaded when it is needed: it would cost every start of the daemon 10 ms.
      const { fetch } = await import('undici');
      const response = await fetch(url, { signal, redirect: 'follow' });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw invalidArgument(`failed to GET ${withoutSecrets(url)} with status ${response.status}`);
      }
      const body = Readable.fromWeb(response.body).on('data', (chunk: Buffer) => hash.update(chunk));
      await pipeline(body, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
      const modified = dateOf(response.headers.get('last-modified'));
      if (modified) await utimes(path, modified, modified);
      return { digest: digestOfHex(hash.digest('hex')), modified };
    } catch (error) {
      await rm(path, { force: true });
      throw fetchError(url, error, signal);
    }
  });
}

export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** For messages: user and password of a URL are nobody's business. */
export function withoutSecrets(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/, '$1');
}

function dateOf(text: string | null): Date | undefined {
  const date = text === null ? undefined : new Date(text);
  return date && Number.isFinite(date.getTime()) ? date : undefined;
}

function fetchError(url: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new EngineError('cancelled', 'the build was cancelled', { cause: error });
  if (error instanceof EngineError) return error;
  const cause = error instanceof Error && error.cause ? error.cause : error;
  return invalidArgument(`failed to GET ${withoutSecrets(url)}: ${messageOf(cause)}`, error);
}
