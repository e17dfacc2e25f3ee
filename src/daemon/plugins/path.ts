/**
 * URLs as Docker's clients write them, turned into ones that a router can match: the `/v1.44` prefix becomes
 * `request.apiVersion`, and an image name with slashes becomes one segment.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { API_VERSION, isApiVersion, MIN_API_VERSION, olderThan, versionMeant } from '../../api/version.ts';
import { invalidArgument } from '../../core/errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The version the client asked for, or can read; the newest if it named none. */
    readonly apiVersion: string;
  }
}

const PREFIX = /^\/v([0-9.]+)(?=\/)/;
const NAMED = [
  { path: /^\/images\/(.+)\/(json|history|get|attestations)$/, methods: ['GET', 'HEAD'] },
  { path: /^\/images\/(.+)\/(push|tag)$/, methods: ['POST'] },
  { path: /^\/images\/(.+)()$/, methods: ['DELETE'] },
  { path: /^\/distribution\/(.+)\/(json)$/, methods: ['GET'] },
  { path: /^\/plugins\/(.+)\/(json)$/, methods: ['GET'] },
  { path: /^\/plugins\/(.+)\/(enable|disable|push|set|upgrade)$/, methods: ['POST'] },
  { path: /^\/plugins\/(.+)()$/, methods: ['DELETE'] },
];

const versions = new WeakMap<IncomingMessage, string>();

/** For fastify's `rewriteUrl`: runs before routing. */
export function rewriteUrl(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const [, version] = PREFIX.exec(url) ?? [];
  if (version === undefined) return nameAsSegment(request.method ?? 'GET', url);
  versions.set(request, versionMeant(version, request.headers['user-agent'] ?? ''));
  return nameAsSegment(request.method ?? 'GET', url.slice(version.length + 2));
}

/** Decorates `request.apiVersion` and refuses versions that are not spoken, in Docker's words. */
export function path(app: FastifyInstance): void {
  app.decorateRequest('apiVersion', {
    getter() {
      return versions.get(this.raw) ?? API_VERSION;
    },
  });
  // dockerd looks for the path first: Podman's client, which asks for /v4.3.1/libpod/_ping, takes a 404 for an answer.
  app.addHook('onRequest', async (request) => {
    if (!request.is404) checkVersion(request.apiVersion);
  });
}

function checkVersion(version: string): void {
  if (!isApiVersion(version)) throw invalidArgument(`invalid API version: ${version}`);
  if (olderThan(version, MIN_API_VERSION)) {
    throw invalidArgument(
      `client version ${version} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    );
  }
  if (olderThan(API_VERSION, version)) {
    throw invalidArgument(
      `client version ${version} is too new. Maximum supported API version is ${API_VERSION}`,
    );
  }
}

/** `/images/a/b:1/json` → `/images/a%2Fb:1/json`. */
function nameAsSegment(method: string, url: string): string {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  const match = NAMED.find((known) => known.methods.includes(method) && known.path.test(path))?.path.exec(
    path,
  );
  const name = match?.[1];
  if (!name?.includes('/')) return url;
  const from = path.indexOf('/', 1) + 1;
  return url.slice(0, from) + name.replaceAll('/', '%2F') + url.slice(from + name.length);
}
