/** One repository of a registry: its manifests, blobs and tags (OCI distribution spec, "Endpoints"). */
import type { Readable } from 'node:stream';
import { type Digest, isDigest, sha256 } from '../../core/digest.ts';
import { invalidArgument } from '../../core/errors.ts';
import { DOCUMENT_MAX } from '../content-store.ts';
import { DOCKER_INDEX, DOCKER_MANIFEST, INDEX, MANIFEST } from '../media-types.ts';
import type { Descriptor } from '../oci.ts';
import { isTag } from '../reference.ts';
import type { RegistryAnswer, RegistryClient, RegistryRequest } from './client.ts';
import { readLimited } from './http.ts';
import { Uploads } from './uploads.ts';

const MANIFESTS = [MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_INDEX].join(', ');
const TAGS_MAX = 100_000;
const PAGES_MAX = 1000;
/** An answer to HEAD has no body that could say more. */
const UNTOLD = [400, 401, 403, 404, 405, 429, 500, 501, 502, 503, 504];

export interface FetchedManifest {
  descriptor: Descriptor;
  data: Buffer;
}

type Method = NonNullable<RegistryRequest['method']>;

type SendOptions = Pick<RegistryRequest, 'headers' | 'body' | 'signal' | 'accept'> & {
  /** Besides the repository's own. */
  scopes?: string[];
};

/** Asks for what is behind the repository's path, or at a whole URL that the registry gave. */
export type Send = (method: Method, path: string, options: SendOptions) => Promise<RegistryAnswer>;

export class Repository {
  /** `library/busybox` */
  readonly path: string;
  readonly uploads: Uploads;
  readonly #client: RegistryClient;
  readonly #actions: string;

  constructor(client: RegistryClient, path: string, actions: 'pull' | 'pull,push') {
    this.#client = client;
    this.path = path;
    this.#actions = actions;
    this.uploads = new Uploads((method, path, options) => this.#send(method, path, options));
  }

  /** By tag or digest; the bytes are checked against the digest that was asked for, or that the registry names. */
  async manifest(reference: string, signal?: AbortSignal): Promise<FetchedManifest> {
    const answer = await this.#send('GET', `/manifests/${reference}`, {
      headers: { accept: MANIFESTS },
      signal,
    });
    const data = await readLimited(answer.body, DOCUMENT_MAX);
    const digest = sha256(data);
    if (isDigest(reference) && digest !== reference) throw wrongManifest(reference, digest);
    return { data, descriptor: { mediaType: mediaTypeOf(answer), digest, size: data.length } };
  }

  /** Where it leads to, as the registry says; undefined if it does not: then `manifest` hears why. */
  async manifestDigest(reference: string, signal?: AbortSignal): Promise<Digest | undefined> {
    const options = { headers: { accept: MANIFESTS }, signal, accept: UNTOLD };
    const answer = await this.#send('HEAD', `/manifests/${reference}`, options);
    await answer.body.dump();
    const digest = String(answer.headers['docker-content-digest'] ?? '');
    return answer.status === 200 && isDigest(digest) ? digest : undefined;
  }

  /** From `offset` on, if the registry can; `offset` of the answer says where it begins. */
  async blob(
    digest: Digest,
    offset: number,
    signal?: AbortSignal,
  ): Promise<{ body: Readable; offset: number }> {
    const headers = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
    const answer = await this.#send('GET', `/blobs/${digest}`, { headers, signal });
    return { body: answer.body, offset: answer.status === 206 ? beginOf(answer, offset) : 0 };
  }

  async hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    // Whoever is refused here hears the reason when it uploads: an answer to HEAD has no body that could say it.
    const answer = await this.#send('HEAD', `/blobs/${digest}`, { signal, accept: [401, 403, 404] });
    await answer.body.dump();
    return answer.status === 200;
  }

  /** All of them; follows the pages. */
  async tags(signal?: AbortSignal): Promise<string[]> {
    const tags: string[] = [];
    let path: string | undefined = '/tags/list?n=1000';
    for (let page = 0; path !== undefined; page++) {
      if (page === PAGES_MAX || tags.length > TAGS_MAX) throw invalidArgument('the list of tags has no end');
      const answer: RegistryAnswer = await this.#send('GET', path, { signal });
      tags.push(...tagsIn(await readLimited(answer.body, DOCUMENT_MAX)));
      path = nextPage(answer);
    }
    return tags;
  }

  async putManifest(reference: string, data: Buffer, mediaType: string, signal?: AbortSignal): Promise<void> {
    const headers = { 'content-type': mediaType };
    const answer = await this.#send('PUT', `/manifests/${reference}`, { headers, body: data, signal });
    await answer.body.dump();
  }

  #send(method: Method, path: string, options: SendOptions): Promise<RegistryAnswer> {
    const { scopes = [], ...rest } = options;
    return this.#client.send({
      ...rest,
      method,
      path: path.startsWith('http') ? path : `/${this.path}${path}`,
      scopes: [`repository:${this.path}:${this.#actions}`, ...scopes],
      needs: this.#actions === 'pull' ? (path.startsWith('/blobs') ? 'pull' : 'resolve') : 'push',
    });
  }
}

/** A tag becomes part of an address: what cannot be one is refused. */
function tagsIn(page: Buffer): string[] {
  let tags: unknown;
  try {
    tags = (JSON.parse(page.toString()) as { tags?: unknown }).tags ?? [];
  } catch (error) {
    throw invalidArgument('the registry answered no list of tags', error);
  }
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string' && isTag(tag))) return tags;
  throw invalidArgument('the registry answered no list of tags');
}

function mediaTypeOf({ headers }: RegistryAnswer): string {
  return String(headers['content-type'] ?? '')
    .replace(/;.*/, '')
    .trim();
}

/** RFC 9110, 14.4: `bytes 100-199/200`. */
function beginOf({ headers }: RegistryAnswer, asked: number): number {
  const begin = Number(/^bytes (\d+)-/.exec(String(headers['content-range'] ?? ''))?.[1] ?? Number.NaN);
  if (begin !== asked) throw invalidArgument('the registry answered another range than was asked for');
  return begin;
}

/** RFC 8288: `</v2/name/tags/list?last=b>; rel="next"`. */
function nextPage({ headers, url }: RegistryAnswer): string | undefined {
  const target = /<([^>]*)>\s*;(?:[^,]*;)?\s*rel="?next"?/i.exec([headers.link ?? ''].flat().join(', '))?.[1];
  return target === undefined ? undefined : new URL(target, url).href;
}

function wrongManifest(expected: Digest, found: Digest) {
  return invalidArgument(`manifest verification failed for digest ${expected}: the bytes are ${found}`);
}
