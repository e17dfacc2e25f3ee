/** A registry that says what the test wants it to say, and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { sha256 } from '../../../src/core/digest.ts';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
}

export interface FakeRegistry {
  host: string;
  asked: Asked[];
  /** Path behind /v2 → what is answered. */
  pages: Map<string, Page>;
  /** Makes a blob or manifest known; returns its descriptor. */
  put(repository: string, kind: 'blobs' | 'manifests', data: Buffer, mediaType: string, tag?: string): Put;
  close(): Promise<void>;
}

export interface Put {
  mediaType: string;
  digest: string;
  size: number;
}

export interface FixedPage {
  data: Buffer;
  type: string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export type Page = FixedPage | Handler;

export async function fakeRegistry(): Promise<FakeRegistry> {
  const asked: Asked[] = [];
  const pages = new Map<string, Page>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v2/, '').replace(/\?.*/, '');
    asked.push({ method: request.method ?? '', path, headers: request.headers });
    const page = pages.get(path);
    if (typeof page === 'function') page(request, response);
    else if (page) send(request, response, page);
    else response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const put = (
    repository: string,
    kind: 'blobs' | 'manifests',
    data: Buffer,
    mediaType: string,
    tag?: string,
  ) => {
    const digest = sha256(data);
    for (const name of [digest, tag])
      if (name) pages.set(`/${repository}/${kind}/${name}`, { data, type: mediaType });
    return { mediaType, digest, size: data.length };
  };
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { host: `127.0.0.1:${address.port}`, asked, pages, put, close };
}

/** With ranges, as registries do. */
export function send({ headers }: IncomingMessage, response: ServerResponse, page: FixedPage): void {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const rest = page.data.subarray(from);
  const range = from > 0 && { 'content-range': `bytes ${from}-${page.data.length - 1}/${page.data.length}` };
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': page.type,
    'content-length': rest.length,
    'docker-content-digest': sha256(page.data),
    ...range,
  });
  response.end(rest);
}
