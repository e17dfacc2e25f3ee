/** Answers a registry's challenge with a header: a token fetched from where it says, or name and password. */
import type { Dispatcher } from 'undici';
import { EngineError } from '../../core/errors.ts';

import type { Challenge } from './challenge.ts';
import { registryError } from './errors.ts';
import { readLimited } from './http.ts';

/** What a client hands over to log in with; Docker's AuthConfig. Never logged, never stored. */
export interface RegistryAuth {
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
  serveraddress?: string;
}

/** What token servers show people who look at the tokens that they have given. */
const CLIENT = 'skiff';
const TOKEN_MAX = 1024 * 1024;

export interface TokenRequest {
  challenges: Challenge[];
  auth: RegistryAuth | undefined;
  /** `repository:library/busybox:pull` … */
  scopes: string[];
  /** The endpoint speaks http: then its token server may, too. */
  plain: boolean;
  /** If given, the token server is asked for a token that stands for name and password from now on, and this is told it. */
  onIdentity?: (token: string) => void;
  dispatcher: Dispatcher;
  signal?: AbortSignal;
}

/** Whether it is asked for something that there are words for. */
export const canAnswer = (challenges: readonly Challenge[]): boolean =>
  challenges.some(({ scheme }) => scheme === 'bearer' || scheme === 'basic');

/** The `Authorization` header. Throws if nothing that we have answers the challenge. */
export async function authorization(request: TokenRequest): Promise<string> {
  const { challenges, auth } = request;
  if (auth?.registrytoken) return `Bearer ${auth.registrytoken}`;
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) return `Bearer ${await fetchToken(bearer, request)}`;
  const header = basic(auth);
  if (header === undefined) throw new EngineError('internal', 'no basic auth credentials');
  return header;
}

function basic(auth: RegistryAuth | undefined): string | undefined {
  if (!auth?.username) return undefined;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password ?? ''}`).toString('base64')}`;
}

/** GET with name and password, or POST with an identity token (distribution: docs/spec/auth/oauth.md). */
async function fetchToken({ parameters }: Challenge, request: TokenRequest): Promise<string> {
  const { auth, scopes, dispatcher, signal, plain, onIdentity } = request;
  const realm = parameters.realm ?? '';
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (!url || !(url.protocol === 'https:' || (plain && url.protocol === 'http:'))) {
    throw new EngineError(
      'unauthorized',
      `the registry names no token server that can be trusted: "${realm}"`,
    );
  }
  const fields = new URLSearchParams();
  if (parameters.service) fields.set('service', parameters.service);
  for (const scope of scopes) fields.append('scope', scope);
  if (onIdentity && !auth?.identitytoken) {
    fields.set('offline_token', 'true');
    fields.set('client_id', CLIENT);
  }
  const { request: send } = await import('undici');
  const response = auth?.identitytoken
    ? await send(url, { ...oauth(fields, auth.identitytoken), dispatcher, signal })
    : await send(withQuery(url, fields, auth), { headers: headersOf(auth), dispatcher, signal });
  const body = await readLimited(response.body, TOKEN_MAX);
  const { statusCode: status, headers } = response;
  if (status !== 200) throw registryError({ status, headers, body });
  const { token, identity } = tokensIn(body);
  if (identity !== undefined) onIdentity?.(identity);
  return token;
}

function oauth(fields: URLSearchParams, identityToken: string) {
  const form = new URLSearchParams([...fields].filter(([key]) => key !== 'scope'));
  form.set('scope', fields.getAll('scope').join(' '));
  form.set('grant_type', 'refresh_token');
  form.set('refresh_token', identityToken);
  form.set('client_id', CLIENT);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST' as const, headers, body: form.toString() };
}

function withQuery(url: URL, fields: URLSearchParams, auth: RegistryAuth | undefined): URL {
  const full = new URL(url);
  for (const [key, value] of fields) full.searchParams.append(key, value);
  if (auth?.username) full.searchParams.set('account', auth.username);
  return full;
}

function headersOf(auth: RegistryAuth | undefined): Record<string, string> {
  const header = basic(auth);
  return header === undefined ? {} : { authorization: header };
}

function tokensIn(body: Buffer): { token: string; identity?: string } {
  let answer: { token?: unknown; access_token?: unknown; refresh_token?: unknown };
  try {
    answer = JSON.parse(body.toString());
  } catch (error) {
    throw new EngineError('unauthorized', 'the token server answered no JSON', { cause: error });
  }
  const token = answer.token ?? answer.access_token;
  if (typeof token !== 'string' || token === '') {
    throw new EngineError('unauthorized', 'authorization server did not include a token in the response');
  }
  const identity = answer.refresh_token;
  return { token, identity: typeof identity === 'string' && identity !== '' ? identity : undefined };
}
