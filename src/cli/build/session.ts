// The connection on which the engine asks for what only this machine has, while it builds, and on which it hands over
// results. It is the engine that asks: we serve HTTP/2 on a connection that we have opened (src/daemon/build/sessions.ts).

import { randomBytes } from 'node:crypto';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { pipeline } from 'node:stream/promises';
import type { Engine } from '../connection/engine.ts';
import { messageOf } from '../exit.ts';
import type { World } from '../world.ts';
import { type BuildOutput, takeOutput } from './output.ts';
import { readSecret, type Secret } from './secret.ts';
import type { Agent } from './ssh.ts';

export interface SessionContent {
  readonly secrets: readonly Secret[];
  readonly agents: readonly Agent[];
  readonly outputs: readonly BuildOutput[];
}

export interface Session {
  readonly id: string;
  close(): void;
}

export async function openSession(engine: Engine, content: SessionContent, world: World): Promise<Session> {
  const id = randomBytes(16).toString('hex');
  const { socket } = await engine.hijack('/build/session', { headers: { 'X-Skiff-Session': id } });
  const server = createServer();
  server.on('stream', (stream, headers) => {
    // A stream that breaks is the engine's or the step's end; it asks again or it does not.
    stream.on('error', () => {});
    const target = `${headers[':method']} ${headers[':path']}`;
    answer(stream, target, content, world).catch((error: unknown) => refuse(stream, error));
  });
  server.on('sessionError', () => socket.destroy());
  server.emit('connection', socket);
  return { id, close: () => void socket.destroy() };
}

async function answer(
  stream: ServerHttp2Stream,
  target: string,
  { secrets, agents, outputs }: SessionContent,
  world: World,
): Promise<void> {
  const [, kind, name = ''] = /^(GET \/secrets|POST \/ssh|PUT \/outputs)\/([^/?]+)$/.exec(target) ?? [];
  const id = decodeURIComponent(name);
  const secret = kind === 'GET /secrets' && secrets.find((each) => each.id === id);
  const agent = kind === 'POST /ssh' && agents.find((each) => each.id === id);
  const output = kind === 'PUT /outputs' && outputs[Number(id)];
  if (secret) {
    const value = await readSecret(secret, world.env);
    stream.respond({ ':status': 200 });
    stream.end(value);
  } else if (agent) {
    stream.respond({ ':status': 200 });
    const socket = agent.connect();
    await Promise.all([pipeline(stream, socket), pipeline(socket, stream)]);
  } else if (output) {
    // Left open where the taking fails: the engine is told why.
    await takeOutput(output, stream.iterator({ destroyOnReturn: false }), world);
    if (stream.aborted) throw new Error('the engine broke off');
    stream.respond({ ':status': 204 }, { endStream: true });
  } else stream.respond({ ':status': 404 }, { endStream: true });
}

function refuse(stream: ServerHttp2Stream, error: unknown): void {
  if (stream.destroyed) return;
  if (stream.headersSent) return void stream.destroy();
  stream.respond({ ':status': 400 });
  stream.end(messageOf(error));
}
