/** Connections that stop being HTTP, over real sockets, byte by byte as old and new clients write them. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FastifyInstance, fastify } from 'fastify';
import t, { type Test } from 'tap';
import Type from 'typebox';
import { notFound } from '../../../src/core/errors.ts';
import { parseCommandLine } from '../../../src/daemon/config/command-line.ts';
import { settle } from '../../../src/daemon/config/config.ts';
import { bodies } from '../../../src/daemon/plugins/bodies.ts';
import { errors } from '../../../src/daemon/plugins/errors.ts';
import { hijack, streamType } from '../../../src/daemon/plugins/hijack.ts';
import { path, rewriteUrl } from '../../../src/daemon/plugins/path.ts';
import { validation } from '../../../src/daemon/plugins/validation.ts';
import { listen } from '../../../src/daemon/server/listen.ts';

/** Says what the body was, gives back what it is sent, and says goodbye when the client has closed its half. */
function echoApp() {
  const app: FastifyInstance = fastify({ rewriteUrl });
  errors(app);
  path(app);
  bodies(app);
  validation(app);
  const echo = (
    request: Parameters<typeof hijack>[0],
    reply: Parameters<typeof hijack>[1],
    greeting: string,
  ) => {
    const { stream } = hijack(request, reply, streamType(request.apiVersion, true));
    stream.write(`${greeting}\n`);
    stream.on('data', (chunk) => stream.write(chunk));
    stream.on('end', () => stream.end('bye\n'));
    stream.on('close', () => app.server.emit('stream-closed'));
  };
  app.post('/attach', (request, reply) => echo(request, reply, 'attach'));
  app.post('/missing', async () => {
    throw notFound('No such container: x');
  });
  app.post(
    '/exec',
    { schema: { body: Type.Object({ Detach: Type.Optional(Type.Boolean()) }) } },
    (request, reply) => echo(request, reply, JSON.stringify(request.body)),
  );
  app.post('/close-first', (request, reply) => {
    const { stream } = hijack(request, reply, streamType(request.apiVersion, false));
    stream.end('done\n');
    stream.on('data', (chunk) => app.log.info(chunk));
    stream.on('end', () => app.server.emit('client-ended'));
    stream.on('close', () => app.server.emit('stream-closed'));
  });
  return app;
}

async function serve(t: Test) {
  const app = echoApp();
  // Not in t.testdir: the path of a unix socket has at most 107 characters (unix(7)).
  const directory = mkdtempSync(join(tmpdir(), 'skiff-'));
  const socket = join(directory, 's.sock');
  const { settings } = parseCommandLine(['-H', `unix://${socket}`, '--exec-root', directory]);
  const listener = await listen(app, settle(settings), {});
  t.teardown(async () => {
    await listener.close(0);
    await app.close();
    rmSync(directory, { recursive: true });
  });
  const dial = () => {
    const client = connect({ path: socket, allowHalfOpen: true });
    t.teardown(() => client.destroy());
    return client;
  };
  return { app, dial };
}

/** Reads until `mark` is there, or the end. */
async function readUntil(socket: Socket, mark: string | undefined): Promise<string> {
  let text = '';
  for (;;) {
    const piece: Buffer | null = socket.read();
    if (piece) text += piece.toString();
    if (mark !== undefined && text.includes(mark)) return text;
    if (socket.readableEnded || socket.destroyed) return text;
    if (!piece) await somethingNew(socket);
  }
}

async function somethingNew(socket: Socket): Promise<void> {
  const heard = new AbortController();
  const events = ['readable', 'end', 'close'];
  await Promise.race(events.map((event) => once(socket, event, { signal: heard.signal })));
  heard.abort();
}

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: tcp\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const json = '{"Detach":false}';

const conversations = [
  {
    name: 'upgrade without a body',
    send: `POST /v1.44/attach HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`,
    head: /^HTTP\/1\.1 101 UPGRADED\r\nContent-Type: application\/vnd\.docker\.multiplexed-stream\r\n/,
    greeting: 'attach\n',
  },
  {
    name: 'upgrade by a client that says so once',
    send: 'POST /v1.44/attach HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\n\r\n',
    head: /^HTTP\/1\.1 101 UPGRADED\r\n/,
    greeting: 'attach\n',
  },
  {
    name: 'upgrade by a client from before 1.42',
    send: `POST /v1.40/attach HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n${UPGRADE}\r\n`,
    head: /^HTTP\/1\.1 101 UPGRADED\r\nContent-Type: application\/vnd\.docker\.raw-stream\r\n/,
    greeting: 'attach\n',
  },
  {
    name: 'upgrade with a JSON body, the first input right behind it',
    send: `POST /exec HTTP/1.1\r\nHost: x\r\n${UPGRADE}${JSON_TYPE}Content-Length: ${json.length}\r\n\r\n${json}early `,
    head: /^HTTP\/1\.1 101 /,
    greeting: `${json}\nearly `,
  },
  {
    name: 'upgrade with a chunked JSON body',
    send: `POST /exec HTTP/1.1\r\nHost: x\r\n${UPGRADE}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n6;x=y\r\n{"Deta\r\na\r\nch":false}\r\n0\r\n\r\nearly `,
    head: /^HTTP\/1\.1 101 /,
    greeting: `${json}\nearly `,
  },
  {
    name: 'upgrade that announces chunks and sends none, as dockerode does',
    send: `POST /attach HTTP/1.1\r\nHost: x\r\n${UPGRADE}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    head: /^HTTP\/1\.1 101 /,
    greeting: 'attach\n',
  },
  {
    name: 'the old form without a body',
    send: 'POST /attach HTTP/1.1\r\nHost: x\r\n\r\n',
    head: /^HTTP\/1\.1 200 OK\r\nContent-Type: application\/vnd\.docker\.multiplexed-stream\r\n/,
    greeting: 'attach\n',
  },
  {
    name: 'the old form with a JSON body',
    send: `POST /exec HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}Content-Length: ${json.length}\r\n\r\n${json}`,
    head: /^HTTP\/1\.1 200 OK\r\n/,
    greeting: `${json}\n`,
  },
];

for (const { name, send, head, greeting } of conversations) {
  t.test(name, async (t) => {
    const { dial } = await serve(t);
    const socket = dial();
    for (const piece of [send.slice(0, 90), send.slice(90)]) socket.write(piece);
    const opening = await readUntil(socket, greeting);
    t.match(opening, head);
    t.ok(opening.endsWith(`\r\n\r\n${greeting}`), 'not a byte besides the head and the stream');
    socket.write('GET / HTTP/1.1\r\n\r\nnot HTTP any more\n');
    t.equal(await readUntil(socket, 'more\n'), 'GET / HTTP/1.1\r\n\r\nnot HTTP any more\n');
    socket.end('last');
    t.equal(
      await readUntil(socket, undefined),
      'lastbye\n',
      'output goes on after the client closed its half',
    );
  });
}

t.test('the old form with input as a chunked body', async (t) => {
  const { dial } = await serve(t);
  const socket = dial();
  socket.write('POST /attach HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  t.match(await readUntil(socket, 'abc'), /\r\n\r\nattach\nabc$/);
  socket.write('0\r\n\r\n');
  t.equal(await readUntil(socket, undefined), 'bye\n');
});

t.test('the old form with a body whose client goes away once it has its answer', async (t) => {
  const { app, dial } = await serve(t);
  const socket = dial();
  socket.write('POST /close-first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  t.match(await readUntil(socket, undefined), /\r\n\r\ndone\n$/);
  const closed = once(app.server, 'stream-closed');
  socket.destroy();
  await closed;
  const next = dial();
  next.write('POST /missing HTTP/1.1\r\nHost: x\r\n\r\n');
  t.match(await readUntil(next, '}'), /^HTTP\/1\.1 404 /, 'the server goes on');
});

t.test('the old form with a body whose client goes away in the middle of it', async (t) => {
  const { app, dial } = await serve(t);
  for (const leave of ['end', 'destroy'] as const) {
    const socket = dial();
    socket.write('POST /attach HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await readUntil(socket, 'abc');
    const closed = once(app.server, 'stream-closed');
    socket[leave]();
    await closed;
    t.pass(`noticed at once: ${leave}`);
  }
});

t.test('our side may close first', async (t) => {
  const { app, dial } = await serve(t);
  const socket = dial();
  socket.write(`POST /close-first HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`);
  t.match(await readUntil(socket, undefined), /^HTTP\/1\.1 101 [\s\S]*raw-stream[\s\S]*\r\n\r\ndone\n$/);
  const ended = once(app.server, 'client-ended');
  socket.write('x'.repeat(100_000));
  socket.end();
  await ended;
});

t.test('a refusal is an answer like any other, and the connection closes', async (t) => {
  const { dial } = await serve(t);
  for (const [path, status] of [
    ['/missing', 404],
    ['/nowhere', 404],
    ['/v1.99/attach', 400],
  ] as const) {
    const socket = dial();
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`);
    t.match(await readUntil(socket, undefined), new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*{"message":".+"}$`));
  }
});

t.test('other upgrades are served as plain requests', async (t) => {
  const { dial } = await serve(t);
  const socket = dial();
  socket.write('POST /missing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  t.match(await readUntil(socket, '}'), /^HTTP\/1\.1 404 /);
});

t.test('a megabyte each way arrives whole', async (t) => {
  const { dial } = await serve(t);
  const socket = dial();
  socket.write(`POST /attach HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`);
  await readUntil(socket, 'attach\n');
  const sent = 'x'.repeat(1024 * 1024);
  socket.end(sent);
  const got = await readUntil(socket, undefined);
  t.equal(got.length, sent.length + 4);
  t.ok(got.endsWith('bye\n'));
});
