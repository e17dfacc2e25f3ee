// The engine as the commands see it: a request in, an answer out. Every request has its own connection;
// on a unix socket that costs less than keeping count of them would.

import type { Duplex } from 'node:stream';
import { clientVersion } from '../version.ts';
import { ApiError } from './api-error.ts';
import { dial } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import { type Head, readBody, readHead } from './http.ts';

export type Query = Readonly<Record<string, unknown>>;

export interface Request {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it comes. */
  readonly body?: AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Buffer>;
  /** Gives the rest of the body up. */
  close(): void;
}

export interface Hijacked {
  readonly socket: Duplex;
  /** True when the stream carries frames of stdout and stderr, false when raw; undefined when not said. */
  readonly framed: boolean | undefined;
}

export interface Engine {
  readonly endpoint: Endpoint;
  /** Answers of 400 and above are thrown as ApiError. */
  send(method: string, path: string, request?: Request): Promise<Reply>;
  /** The parsed body; an empty one is `undefined`. */
  json<T>(method: string, path: string, request?: Request): Promise<T>;
  /** Turns the connection into a raw stream in both directions. */
  hijack(path: string, request?: Request): Promise<Hijacked>;
}

export interface EngineOptions {
  readonly endpoint: Endpoint;
  /** '1.41' puts /v1.41 in front of every path; without it the engine takes its newest. */
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function connectEngine(options: EngineOptions): Engine {
  const prefix = options.version ? `/v${options.version}` : '';
  const open = async (method: string, path: string, request: Request) => {
    const socket = await dial(options.endpoint);
    const answer = readHead(socket);
    const headers = { ...options.headers, ...request.headers };
    const target = prefix + path + encodeQuery(request.query);
    const upload = writeRequest(socket, method, target, { ...request, headers }, answer);
    const head = await Promise.race([answer, failureOf(upload)]);
    return { socket, head };
  };
  const send = async (method: string, path: string, request: Request = {}) => {
    const { socket, head } = await open(method, path, request);
    const body = readBody(socket, head, method);
    if (head.status >= 400) throw await readError(head, body);
    return { ...head, body, close: () => socket.destroy() };
  };
  return {
    endpoint: options.endpoint,
    send,
    async json<T>(method: string, path: string, request: Request = {}) {
      const text = await readText((await send(method, path, request)).body);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async hijack(path: string, request: Request = {}) {
      const headers = { Upgrade: 'tcp', Connection: 'Upgrade', ...request.headers };
      const { socket, head } = await open('POST', path, { ...request, headers });
      if (head.status >= 400) throw await readError(head, readBody(socket, head, 'POST'));
      return { socket, framed: framing(head) };
    },
  };
}

export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function framing(head: Head): boolean | undefined {
  const type = head.headers.get('content-type') ?? '';
  if (type.includes('multiplexed-stream')) return true;
  return undefined;
}

function encodeQuery(query: Query = {}): string {
  const given = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== '' && value !== false,
  );
  const pairs = given.flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.map((one) => `${name}=${encodeURIComponent(String(one))}`);
    const text = value === true ? '1' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    return [`${name}=${encodeURIComponent(text)}`];
  });
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

/** Ends early when the answer is there before all has been sent. */
async function writeRequest(
  socket: Duplex,
  method: string,
  target: string,
  request: Request,
  answer: Promise<unknown>,
): Promise<void> {
  const json = request.json === undefined ? undefined : Buffer.from(JSON.stringify(request.json));
  const headers: Record<string, string> = {
    Host: 'skiff',
    'User-Agent': `Skiff-Client/${clientVersion} (linux)`,
    Connection: 'close',
    ...(json && { 'Content-Type': 'application/json' }),
    ...request.headers,
  };
  if (request.body) headers['Transfer-Encoding'] = 'chunked';
  else if (json || method === 'POST' || method === 'PUT')
    headers['Content-Length'] = String(json?.length ?? 0);
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`,
  );
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
  socket.write(json ? Buffer.concat([head, json]) : head);
  if (request.body) await writeChunks(socket, request.body, answer);
}

async function writeChunks(
  socket: Duplex,
  body: AsyncIterable<Uint8Array>,
  answer: Promise<unknown>,
): Promise<void> {
  let answered = false;
  const settled = () => {
    answered = true;
  };
  answer.then(settled, settled);
  for await (const chunk of body) {
    if (chunk.length === 0) continue;
    // An engine that refuses answers and hangs up; written to after that, Node drops the answer unread. So what
    // has arrived is looked at before each write.
    await new Promise((resolve) => setImmediate(resolve));
    if (answered || socket.destroyed || socket.writableEnded) return;
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`);
    socket.write(chunk);
    const ready = socket.write('\r\n');
    socket.uncork();
    if (!ready) await drained(socket);
  }
  if (!answered) socket.write('0\r\n\r\n');
}

/** Also when the other side has gone: then there is nothing left to wait for. */
function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}

/** Settles only if sending fails: the engine may answer before it has taken the whole body. */
function failureOf(upload: Promise<void>): Promise<never> {
  return new Promise((_, reject) => upload.catch(reject));
}

async function readError(head: Head, body: AsyncIterable<Buffer>): Promise<ApiError> {
  const text = await readText(body);
  return new ApiError(head.status, errorMessage(text) || `the engine answered with status ${head.status}`);
}

function errorMessage(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed)
      return String(parsed.message).trim();
  } catch {
    // Not JSON: a proxy in between, or the plain text of old engines.
  }
  return text.trim();
}
