/** Blobs on their way into a repository (OCI distribution spec, "Pushing blobs"). */
import type { Readable } from 'node:stream';
import type { Digest } from '../../core/digest.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { RegistryAnswer } from './client.ts';
import type { Send } from './repository.ts';

/** An upload that has begun. */
export interface Upload {
  location: string;
  /** Bytes that a piece must have, unless it is the last one. */
  least: number;
}

/** Where an upload goes on, and with which byte. */
export interface Progress {
  location: string;
  offset: number;
}

export class Uploads {
  readonly #ask: Send;

  constructor(ask: Send) {
    this.#ask = ask;
  }

  /** Begins an upload, or has the blob taken over from another repository. Undefined: it is there now. */
  async begin(
    { digest, from }: { digest?: Digest; from?: string },
    signal?: AbortSignal,
  ): Promise<Upload | undefined> {
    const query = digest && from ? `?mount=${digest}&from=${encodeURIComponent(from)}` : '';
    const scopes = from ? [`repository:${from}:pull`] : [];
    const answer = await this.#ask('POST', `/blobs/uploads/${query}`, {
      signal,
      scopes,
      body: Buffer.alloc(0),
    });
    await answer.body.dump();
    if (answer.status === 201) return undefined;
    return { location: locationOf(answer), least: Number(answer.headers['oci-chunk-min-length'] ?? 0) || 0 };
  }

  /** A piece of an upload; returns where the next one goes, and which byte it begins with: the registry has the last word. */
  async send(location: string, chunk: Buffer, offset: number, signal?: AbortSignal): Promise<Progress> {
    const headers = pieceHeaders(offset, chunk.length);
    const answer = await this.#ask('PATCH', location, { headers, body: chunk, signal, accept: [416] });
    await answer.body.dump();
    if (answer.status === 416) return this.#state(location, signal);
    return { location: locationOf(answer), offset: receivedOf(answer) ?? offset + chunk.length };
  }

  /** Ends an upload, with its last (or only) piece. `offset` of it, or the `size` of a stream. */
  async end(
    location: string,
    digest: Digest,
    rest: Buffer | Readable,
    { offset = 0, size, signal }: { offset?: number; size?: number; signal?: AbortSignal },
  ): Promise<void> {
    const url = new URL(location);
    url.searchParams.set('digest', digest);
    const length = Buffer.isBuffer(rest) ? rest.length : Number(size);
    const type = { 'content-type': 'application/octet-stream', 'content-length': String(length) };
    const headers = offset > 0 && length > 0 ? { ...type, ...pieceHeaders(offset, length) } : type;
    const answer = await this.#ask('PUT', url.href, { headers, body: rest, signal });
    await answer.body.dump();
  }

  /** OCI distribution spec, "Pushing a blob in chunks": where an upload is that is out of step. */
  async #state(location: string, signal?: AbortSignal): Promise<Progress> {
    const answer = await this.#ask('GET', location, { signal });
    await answer.body.dump();
    const next = answer.headers.location === undefined ? location : locationOf(answer);
    return { location: next, offset: receivedOf(answer) ?? 0 };
  }
}

function pieceHeaders(offset: number, length: number) {
  return {
    'content-type': 'application/octet-stream',
    'content-range': `${offset}-${offset + length - 1}`,
  };
}

/** `Range: 0-1023`: how many bytes of an upload the registry has; some say `bytes=0-1023`. Undefined if it does not say. */
function receivedOf({ headers }: RegistryAnswer): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(String(headers.range ?? ''))?.[1];
  // An upload without a byte has the range 0-0 as well (docker-registry).
  return last === undefined || last === '0' ? undefined : Number(last) + 1;
}

function locationOf({ headers, url }: RegistryAnswer): string {
  const location = headers.location;
  if (typeof location !== 'string') throw invalidArgument('the registry did not say where to upload to');
  return new URL(location, url).href;
}
