// An engine that is a table of answers, on a socket of its own; and a world that records what a command prints.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Test } from 'tap';
import { runProgram } from '../../../src/cli/program.ts';
import type { World } from '../../../src/cli/world.ts';

export interface Seen {
  /** 'POST /containers/create?name=x' */
  readonly request: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Status and body; an object is sent as JSON. A function answers by itself. */
export type Answer =
  | readonly [status: number, body?: unknown, headers?: Record<string, string>]
  | ((response: ServerResponse, seen: Seen) => void);

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seen: readonly Seen[];
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Record<string, string>;
  readonly terminal?: { readonly rows: number; readonly columns: number };
  readonly now?: number;
}

/** `skiff('ps', '-a')` against the table. Keys are 'METHOD /path' without the query. */
export async function fakeEngine(t: Test, answers: Readonly<Record<string, Answer>>) {
  const seen: Seen[] = [];
  const socket = join(tmpdir(), `skiff-fake-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = {
      request: `${request.method} ${request.url}`,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('latin1'),
    };
    seen.push(one);
    answer(answers[one.request.replace(/\?.*/, '')], response, one);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  return async (argv: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const before = seen.length;
    const { world, printed } = recordingWorld(`unix://${socket}`, options);
    const code = await runProgram(argv, world);
    return { code, ...printed(), seen: seen.slice(before) };
  };
}

function answer(found: Answer | undefined, response: ServerResponse, seen: Seen): void {
  if (typeof found === 'function') {
    found(response, seen);
    return;
  }
  const [status, body, headers = {}] = found ?? [404, { message: `no answer for ${seen.request}` }];
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  const plain = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  response.end(plain ? body : JSON.stringify(body));
}

export function recordingWorld(host: string, options: RunOptions = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts = [record(stdout), record(stderr)];
  if (options.terminal) Object.assign(stdout, { isTTY: true, ...options.terminal });
  const world: World = {
    stdin: Readable.from(options.input === undefined ? [] : [Buffer.from(options.input)]),
    stdout,
    stderr,
    env: { HOME: '/nonexistent', SKIFF_HOST: host, ...options.env },
    now: () => options.now ?? Date.parse('2026-11-21T04:00:00Z'),
    enterRawMode: async () => () => {},
    onSignals: () => () => {},
  };
  return { world, printed: () => ({ stdout: texts[0]?.() ?? '', stderr: texts[1]?.() ?? '' }) };
}

function record(stream: PassThrough): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => {
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
}
