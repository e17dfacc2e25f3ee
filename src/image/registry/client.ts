/**
 * Speaks to one registry (OCI distribution spec; Docker's v2 is the same): picks the endpoint, answers challenges,
 * tries again. One client serves one operation; `close` drops its connections.
 */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { EngineError } from '../../core/errors.ts';
import { annotate, step } from '../../core/step.ts';
import type { RegistryAuth } from './auth.ts';
import { authorization, canAnswer } from './auth.ts';
import { parseChallenges } from './challenge.ts';
import { RegistryError, registryError } from './errors.ts';
import { type Capability, type Endpoint, endpointsOf, type RegistryOptions } from './hosts.ts';
import { dispatcherFor, readLimited } from './http.ts';
import { networkError, neverConnected } from './network-error.ts';
import { retrying } from './retry.ts';

export interface RegistryQuery {
  auth?: RegistryAuth;
  signal?: AbortSignal;
}

export interface ClientOptions {
  domain: string;
  registry: RegistryOptions;
  auth?: RegistryAuth;
  /** See TokenRequest. */
  onIdentity?: (token: string) => void;
}

export interface RegistryRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Behind `/v2`, or a whole URL that the registry gave. */
  path: string;
  scopes: string[];
  needs: Capability;
  headers?: Record<string, string>;
  body?: Buffer | Readable;
  signal?: AbortSignal;
  /** Statuses that are answers, not errors; default those below 300. */
  accept?: number[];
}

export interface RegistryAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Readable & { dump(): Promise<void> };
  /** What was asked, redirects not counted. */
  url: string;
}

const ERROR_MAX = 64 * 1024;

export class RegistryClient {
  readonly #options: ClientOptions;
  readonly #dispatchers = new Map<Endpoint, Promise<Dispatcher>>();
  readonly #headers = new Map<string, string>();
  #endpoints: Endpoint[];

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#endpoints = endpointsOf(options.domain, options.registry);
  }

  /** Throws RegistryError. A body that is a stream is sent once, without another attempt. */
  async send(request: RegistryRequest): Promise<RegistryAnswer> {
    const { method = 'GET', path } = request;
    return step('image.registry.request', { method, path: path.replace(/\?.*/, '') }, async () => {
      const answer = await this.#fromAny(request);
      annotate({ status: answer.status });
      return answer;
    });
  }

  async close(): Promise<void> {
    const dispatchers = await Promise.all(this.#dispatchers.values());
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
  }

  /** Mirrors first; the last word is the registry's own. An endpoint that cannot be reached is not asked again. */
  async #fromAny(request: RegistryRequest): Promise<RegistryAnswer> {
    const endpoints = request.path.startsWith('http')
      ? this.#endpoints
          .filter(({ base }) => new URL(base).origin === new URL(request.path).origin)
          .slice(0, 1)
      : this.#endpoints.filter(({ can }) => can.has(request.needs));
    let failure: unknown;
    for (const endpoint of endpoints.length > 0 ? endpoints : this.#endpoints.slice(-1)) {
      try {
        return await this.#retrying(endpoint, request);
      } catch (error) {
        if (request.signal?.aborted) throw error;
        if (!endpoint.mirror && !neverConnected(error)) throw error;
        // The words of TLS on a port that speaks http, or the other way round, help less than what comes after.
        failure = error;
        if (neverConnected(error)) this.#forget(endpoint);
      }
    }
    throw failure;
  }

  #forget(endpoint: Endpoint): void {
    if (this.#endpoints.length > 1) this.#endpoints = this.#endpoints.filter((other) => other !== endpoint);
  }

  #retrying(endpoint: Endpoint, request: RegistryRequest): Promise<RegistryAnswer> {
    const once = request.body !== undefined && !Buffer.isBuffer(request.body);
    const attempt = () => this.#authorized(endpoint, request);
    return once ? attempt() : retrying(attempt, request.signal);
  }

  async #authorized(endpoint: Endpoint, request: RegistryRequest): Promise<RegistryAnswer> {
    const { auth, onIdentity } = this.#options;
    const key = `${endpoint.base} ${request.scopes.join(' ')}`;
    const first = await this.#once(endpoint, request, this.#headers.get(key), true);
    if (first.status !== 401) return first;
    const challenges = parseChallenges(first.headers['www-authenticate']);
    const url = `${attemptOf(request)} "${first.url}"`;
    if (!auth?.registrytoken && !canAnswer(challenges)) throw await refusalOf(first);
    await first.body.dump();
    const plain = endpoint.base.startsWith('http:');
    const dispatcher = await this.#dispatcher(endpoint);
    const { scopes, signal } = request;
    const asked = { challenges, auth, scopes, plain, onIdentity, dispatcher, signal };
    const header = await authorization(asked).catch((error) => {
      throw unauthorized(error, url);
    });
    this.#headers.set(key, header);
    return this.#once(endpoint, request, header, false);
  }

  /** `ask`: a 401 is an answer, for there is another try; else it is an error. */
  async #once(
    endpoint: Endpoint,
    request: RegistryRequest,
    authorization: string | undefined,
    ask: boolean,
  ): Promise<RegistryAnswer> {
    const { method = 'GET', path, body, signal, accept = [] } = request;
    const { href: url } = new URL(path.startsWith('http') ? path : `${endpoint.base}${path}`);
    const attempt = `${attemptOf(request)} "${url.replace(/\?.*/, '')}"`;
    // Where a registry sends us elsewhere (uploads to a storage service), our credentials stay behind.
    const known = new URL(url).origin === new URL(endpoint.base).origin;
    const own = known ? { ...endpoint.headers, ...(authorization && { authorization }) } : {};
    const headers = { 'user-agent': 'skiff', ...own, ...request.headers };
    const { request: send } = await import('undici');
    const dispatcher = await this.#dispatcher(endpoint);
    const response = await send(url, { method, headers, body, signal, dispatcher }).catch(
      (error: unknown) => {
        throw networkError(error, attempt, `Get "${endpoint.base}/"`);
      },
    );
    const status = response.statusCode;
    if (status < 300 || accept.includes(status) || (ask && status === 401)) {
      return { status, headers: response.headers, body: response.body, url };
    }
    throw await refusalOf({ status, headers: response.headers, body: response.body });
  }

  #dispatcher(endpoint: Endpoint): Promise<Dispatcher> {
    const known = this.#dispatchers.get(endpoint);
    if (known) return known;
    const made = dispatcherFor(endpoint);
    this.#dispatchers.set(endpoint, made);
    return made;
  }
}

async function refusalOf(
  answer: Pick<RegistryAnswer, 'status' | 'headers' | 'body'>,
): Promise<RegistryError> {
  const body = await readLimited(answer.body, ERROR_MAX).catch(() => Buffer.alloc(0));
  return registryError({ ...answer, body });
}

/** What a token server says is no word of the registry: Docker puts it behind what was asked for. */
function unauthorized(error: unknown, attempt: string): EngineError {
  const failure = networkError(error, attempt);
  // It has the attempt in its words already.
  if (failure instanceof RegistryError && failure.status === 0) return failure;
  if (!(failure instanceof RegistryError))
    return new EngineError(failure.kind, `${attempt}: ${failure.message}`, { cause: error });
  const { kind, message, status, retryAfter } = failure;
  return new RegistryError(kind, `${attempt}: ${message}`, { status, code: '', retryAfter, cause: error });
}

function attemptOf({ method = 'GET' }: RegistryRequest): string {
  return method[0] + method.slice(1).toLowerCase();
}
