/** A lean client of Docker's API over one kept connection per request at a time: what it costs, every engine pays. */
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Api {
  /** Answers the parsed body; throws for a status of 400 and more. */
  call<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  /** The response as it streams. `body` may be a stream. */
  stream(
    method: string,
    path: string,
    body?: NodeJS.ReadableStream,
    headers?: Record<string, string>,
  ): Promise<IncomingMessage>;
  /** An upgraded connection, for attach and exec. */
  hijack(path: string, body?: unknown): Promise<Duplex>;
  close(): void;
}

export function openApi(socketPath: string): Api {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const send = (method: string, path: string, headers: Record<string, string> = {}) =>
    request({ socketPath, agent, method, path: `/v1.41${path}`, headers });

  const stream: Api['stream'] = (method, path, body, headers) =>
    new Promise((resolve, reject) => {
      const sent = send(method, path, body ? { 'content-type': 'application/x-tar', ...headers } : headers);
      sent.on('error', reject).on('response', resolve);
      if (body) body.pipe(sent);
      else sent.end();
    });

  return {
    stream,
    async call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await answer(send(method, path, { 'content-type': 'application/json' }), body);
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      if ((response.statusCode ?? 500) >= 400)
        throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
      return (
        response.headers['content-type']?.includes('json') && text !== '' ? JSON.parse(text) : text
      ) as T;
    },
    hijack: (path, body) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', connection: 'Upgrade', upgrade: 'tcp' };
        const sent = request({ socketPath, method: 'POST', path: `/v1.41${path}`, headers });
        sent.on('error', reject);
        sent.on('upgrade', (_response, socket, head) => {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
        });
        sent.on('response', ({ statusCode }) => reject(new Error(`${path}: ${statusCode}, no upgrade`)));
        sent.end(body === undefined ? undefined : JSON.stringify(body));
      }),
    close: () => agent.destroy(),
  };
}

function answer(sent: ReturnType<typeof request>, body: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject).on('response', resolve);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
