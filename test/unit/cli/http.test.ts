// The wire: framing of bodies in awkward pieces, interim answers, half-made ones, uploads, raw streams.

import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseEndpoint } from '../../../src/cli/connection/endpoint.ts';
import { connectEngine, readText } from '../../../src/cli/connection/engine.ts';
import { fakeEngine } from './fake-engine.ts';

/** Answers every connection with these bytes, `size` at a time; tells what it was sent. */
async function bytesServer(t: Test, answer: string, size: number, keepOpen = false) {
  const socket = join(tmpdir(), `skiff-http-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const sockets = new Set<Socket>();
  let received = '';
  const server = createServer((connection) => {
    sockets.add(connection);
    connection.on('data', (chunk) => {
      received += chunk;
    });
    connection.on('error', () => {});
    connection.once('data', async () => {
      for (let at = 0; at < answer.length; at += size) {
        connection.write(answer.slice(at, at + size));
        if (at % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      if (!keepOpen) connection.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.teardown(() => {
    for (const one of sockets) one.destroy();
    server.close();
  });
  return { engine: connectEngine({ endpoint: parseEndpoint(`unix://${socket}`) }), received: () => received };
}

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

t.test('bodies', async (t) => {
  const rows: [string, string, keepOpen: boolean][] = [
    [`${ok}Content-Length: 5\r\n\r\nhello`, 'hello', true],
    [`${ok}Content-Length: 0\r\n\r\n`, '', true],
    [`${ok}\r\nuntil the end`, 'until the end', false],
    [`${chunked}5\r\nhello\r\n1;ext=1\r\n!\r\n0\r\n\r\n`, 'hello!', true],
    [`${chunked}0\r\n\r\n`, '', true],
    ['HTTP/1.1 204 No Content\r\n\r\n', '', true],
    [`HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\nhi`, 'hi', true],
  ];
  for (const [answer, body, keepOpen] of rows) {
    for (const size of [1, 7, 10_000]) {
      const { engine } = await bytesServer(t, answer, size, keepOpen);
      t.equal(
        await readText((await engine.send('GET', '/x')).body),
        body,
        `${JSON.stringify(answer)} by ${size}`,
      );
    }
  }
});

t.test('broken answers are noticed', async (t) => {
  const rows: [string, RegExp][] = [
    [`${ok}Content-Length: 10\r\n\r\nhello`, /unexpected EOF/],
    [`${chunked}5\r\nhel`, /unexpected EOF/],
    [`${chunked}5\r\nhello\r\n`, /unexpected EOF/],
    [`${chunked}zz\r\nhello\r\n`, /malformed chunk/],
    ['HTTP/1.1 200', /unexpected EOF/],
    ['SSH-2.0-OpenSSH_9.2\r\n\r\n', /malformed HTTP response/],
  ];
  for (const [answer, message] of rows) {
    const { engine } = await bytesServer(t, answer, 10_000);
    await t.rejects(
      (async () => readText((await engine.send('GET', '/x')).body))(),
      { message },
      JSON.stringify(answer),
    );
  }
});

t.test('errors carry the words of the engine', async (t) => {
  const rows: [string, string][] = [
    ['{"message":"no such thing"}', 'Error response from daemon: no such thing'],
    ['plain words\n', 'Error response from daemon: plain words'],
    ['', 'Error response from daemon: the engine answered with status 404'],
  ];
  for (const [body, message] of rows) {
    const { engine } = await bytesServer(
      t,
      `HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      100,
    );
    await t.rejects(engine.json('GET', '/x'), { message, status: 404 });
  }
});

t.test('what is sent', async (t) => {
  const { engine, received } = await bytesServer(t, `${ok}Content-Length: 0\r\n\r\n`, 100, true);
  const query = { a: true, b: false, c: '', d: undefined, e: 0, f: { x: ['y z'] }, g: ['1', '2'] };
  await engine.json('POST', '/x', { query, json: { k: 'ü' }, headers: { 'X-Test': 'a\r\nEvil: 1' } });
  t.match(received(), /^POST \/x\?a=1&e=0&f=%7B%22x%22%3A%5B%22y%20z%22%5D%7D&g=1&g=2 HTTP\/1\.1\r\n/);
  t.match(received(), /Content-Length: 10\r\n/);
  t.match(received(), /\r\n\r\n\{"k":"ü"\}$/);
  t.notMatch(received(), /\r\nEvil/);
});

t.test('an upload arrives whole, and an early refusal ends it', async (t) => {
  const sent = Buffer.alloc(300_000, 'skiff ').toString();
  const skiff = await fakeEngine(t, { 'POST /images/load': [200, { stream: 'Loaded image: x\n' }] });
  const loaded = await skiff(['load'], { input: sent });
  t.match(loaded, { code: 0, stdout: 'Loaded image: x\n' });
  t.ok(loaded.seen[0]?.body === sent);

  const refusing = await bytesServer(t, 'HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno', 100);
  const endless = async function* () {
    for (;;) yield Buffer.alloc(65536);
  };
  await t.rejects(refusing.engine.json('POST', '/x', { body: endless() }), { message: /no$/ });
});

t.test('a hijacked connection starts with the byte after the head', async (t) => {
  for (const head of [
    'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\n',
    `${ok}Content-Type: application/vnd.docker.raw-stream\r\n\r\n`,
  ]) {
    const { engine } = await bytesServer(t, `${head}first bytes`, 10_000);
    const { socket } = await engine.hijack('/attach');
    let text = '';
    for await (const chunk of socket) text += chunk;
    t.equal(text, 'first bytes');
  }
});

t.test('where engines are', async (t) => {
  const rows: [string, object][] = [
    ['unix:///run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['tcp://h:1', { kind: 'tcp', host: 'h', port: 1 }],
    ['tcp://h', { kind: 'tcp', host: 'h', port: 2375 }],
    ['https://h', { kind: 'tcp', host: 'h', port: 2376, tls: { verify: true } }],
    ['tcp://[::1]:5', { kind: 'tcp', host: '::1', port: 5 }],
    ['h:7', { kind: 'tcp', host: 'h', port: 7 }],
    ['ssh://u@h:22', { kind: 'ssh', user: 'u', host: 'h', port: '22' }],
  ];
  for (const [text, expected] of rows) t.match(parseEndpoint(text), expected, text);
});
