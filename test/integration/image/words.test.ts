/** What people are told when a registry cannot be reached or refuses: the words that Docker has for it. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { messageOf } from '../../../src/core/errors.ts';
import { openImages } from '../../../src/image/images.ts';
import { requires } from '../../harness/requires.ts';
import { fakeRegistry, type Handler } from './fake-registry.ts';
import { makeCertificate } from './registry.ts';

t.setTimeout(300_000);

const skip = requires('root');
const progress = () => {};

/** `https`: no plain http, although it is the loopback. */
async function site(t: Test, https: string[] = []) {
  const root = t.testdir();
  const certs = join(root, 'certs');
  for (const host of https) {
    mkdirSync(join(certs, host), { recursive: true });
    writeFileSync(join(certs, host, 'hosts.toml'), `server = "https://${host}"\n`);
  }
  const logger = pino({ level: 'silent' });
  const images = await openImages({ root, logger, registry: { certsDirectories: [certs] } });
  t.teardown(() => images.close());
  const pull = (name: string) => images.pull(name, { progress }).then(() => '', messageOf);
  const look = (name: string) => images.inspectDistribution(name, {}).then(() => '', messageOf);
  return { images, pull, look };
}

async function listen(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

t.test('registries that cannot be reached', { skip }, async (t) => {
  const shut = createServer();
  const refusing = await listen(t, shut);
  shut.close();
  const mute = await listen(
    t,
    createServer((socket) => socket.end('SSH-2.0-x\r\n')),
  );
  const plain = await fakeRegistry();
  t.teardown(() => plain.close());
  const { cert, key } = makeCertificate(join(t.testdir(), 'tls'));
  const tls = { cert: readFileSync(cert), key: readFileSync(key) };
  const untrusted = await listen(
    t,
    createTlsServer(tls, (_request, response) => void response.end()),
  );
  const { pull, look, images } = await site(t, [plain.host, untrusted]);

  t.equal(
    await pull(`${refusing}/x`),
    `Get "http://${refusing}/v2/": dial tcp ${refusing}: connect: connection refused`,
  );
  t.match(
    await look('registry.invalid/x'),
    /^Get "https:\/\/registry\.invalid\/v2\/": dial tcp: lookup registry\.invalid: (no such host|Temporary failure in name resolution)$/,
  );
  t.equal(
    await look(`${plain.host}/x`),
    `Get "https://${plain.host}/v2/": http: server gave HTTP response to HTTPS client`,
  );
  const login = images.checkLogin({ username: 'u', password: 'p', serveraddress: untrusted });
  t.equal(
    await login.then(() => '', messageOf),
    `Get "https://${untrusted}/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  );
  t.match(await look(`${mute}/x`), /malformed HTTP response "SSH-2.0-x"$/);
});

const answer = (status: number, body: string | object, headers = {}): Handler => {
  return (_request, response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
};
const errors = (...list: [code: string, message: string][]) => ({
  errors: list.map(([code, message]) => ({ code, message })),
});

t.test('registries that refuse', { skip }, async (t) => {
  const registry = await fakeRegistry();
  t.teardown(() => registry.close());
  const { pull, look, images } = await site(t);
  const name = (repository: string) => `${registry.host}/${repository}`;
  const say = (repository: string, handler: Handler) =>
    registry.pages.set(`/${repository}/manifests/latest`, handler);
  say('unknown', answer(404, errors(['NAME_UNKNOWN', 'no such name'])));
  say('missing', answer(404, errors(['MANIFEST_UNKNOWN', 'manifest unknown'])));
  say('denied', answer(403, errors(['DENIED', 'not for you'], ['UNAUTHORIZED', 'really'])));
  say('page', answer(404, '<html>'));
  say('blank', answer(403, ''));
  say('odd', answer(418, '{}'));
  const rows: [string, string, string][] = [
    [
      'unknown',
      `repository ${name('unknown')} not found: name unknown: no such name`,
      'name unknown: no such name',
    ],
    [
      'missing',
      `manifest for ${name('missing')}:latest not found: manifest unknown: manifest unknown`,
      'manifest unknown: manifest unknown',
    ],
    [
      'denied',
      `pull access denied for ${name('denied')}, repository does not exist or may require 'docker login': denied: not for you`,
      'errors:\ndenied: not for you\nunauthorized: really\n',
    ],
  ];
  for (const [repository, pulled, looked] of rows) {
    t.equal(await pull(name(repository)), pulled);
    t.equal(await look(name(repository)), looked);
  }
  const parsing = (status: number) => `error parsing HTTP ${status} response body:`;
  t.equal(
    await pull(name('page')),
    `${parsing(404)} invalid character '<' looking for beginning of value: "<html>"`,
  );
  t.equal(await pull(name('blank')), `${parsing(403)} unexpected end of JSON input: ""`);
  t.equal(await pull(name('odd')), `${parsing(418)} no error details found in HTTP response body: "{}"`);

  registry.pages.set(
    '/',
    answer(401, errors(['UNAUTHORIZED', 'x']), { 'www-authenticate': 'Basic realm="x"' }),
  );
  const auth = { username: 'u', password: 'p', serveraddress: registry.host };
  await t.rejects(images.checkLogin(auth), {
    kind: 'unauthorized',
    message: `login attempt to http://${registry.host}/v2/ failed with status: 401 Unauthorized`,
  });
});

t.test('what kind of refusal it is', { skip }, async (t) => {
  const registry = await fakeRegistry();
  t.teardown(() => registry.close());
  const { images } = await site(t);
  const scope = { 'www-authenticate': 'Bearer realm="REALM",error="insufficient_scope"' };
  const realm = `http://${registry.host}/v2/token`;
  registry.pages.set('/token', answer(200, { token: 't' }));
  /** As dockerd has it: a pull that fails is the registry's fault unless the image is not there. */
  const rows: [handler: Handler, pulled: string, looked: string, words: RegExp][] = [
    [answer(404, '<html>'), 'internal', 'internal', /HTTP 404/],
    [answer(403, ''), 'internal', 'internal', /HTTP 403/],
    [answer(403, errors(['DENIED', 'x'])), 'not-found', 'forbidden', /denied: x$/],
    [answer(404, errors(['NAME_UNKNOWN', 'x'])), 'not-found', 'not-found', /name unknown: x$/],
    [answer(405, errors(['UNSUPPORTED', 'x'])), 'internal', 'unsupported', /^unsupported: x$/],
    [answer(400, errors(['UNAVAILABLE', 'x'])), 'internal', 'unavailable', /^unavailable: x$/],
    [answer(400, errors(['NAME_INVALID', 'x'])), 'internal', 'invalid-argument', /^name invalid: x$/],
    [answer(418, errors(['TEAPOT', 'x'])), 'internal', 'internal', /x$/],
    [answer(401, ''), 'internal', 'unauthorized', /^unauthorized: authentication required$/],
    [answer(401, { details: 'bad' }), 'internal', 'unauthorized', /^unauthorized: bad$/],
    [
      (request, response) => {
        const header = scope['www-authenticate'].replace('REALM', realm);
        answer(401, errors(['UNAUTHORIZED', 'x']), { 'www-authenticate': header })(request, response);
      },
      'not-found',
      'forbidden',
      /denied: requested access to the resource is denied/,
    ],
    [
      answer(401, '', { 'www-authenticate': 'Basic realm="x"' }),
      'internal',
      'internal',
      /^Get ".*": no basic auth credentials$/,
    ],
  ];
  for (const [handler, pulled, looked, message] of rows) {
    registry.pages.set('/a/manifests/latest', handler);
    const name = `${registry.host}/a`;
    await t.rejects(images.pull(name, { progress }), { kind: pulled, message });
    await t.rejects(images.inspectDistribution(name, {}), { kind: looked, message });
  }
});
