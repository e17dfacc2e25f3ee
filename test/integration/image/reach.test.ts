/** How a registry is reached: client certificates, proxies of the environment, mirrors; and the search of an index. */

import { once } from 'node:events';
import { copyFileSync, createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { openImages } from '../../../src/image/images.ts';
import type { RegistryOptions } from '../../../src/image/registry/hosts.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { requires } from '../../harness/requires.ts';
import { fakeRegistry } from './fake-registry.ts';
import { makeCertificate, startRegistry } from './registry.ts';

// A busy machine takes its time; what hangs is found all the same.
t.setTimeout(300_000);

const skip = requires('root');
const logger = pino({ level: 'silent' });
const quiet = { progress: () => {} };

async function opened(t: Test, registry: Partial<RegistryOptions>) {
  const root = mkdtempSync(join(tmpdir(), 'skiff-'));
  const images = await openImages({ root, logger, registry });
  t.teardown(async () => {
    await images.close();
    rmSync(root, { recursive: true, force: true });
  });
  return images;
}

t.test('a registry that asks for a certificate', { skip: skip || requires('docker-registry') }, async (t) => {
  const root = t.testdir({ registry: {}, tls: {}, certs: {} });
  const { ca, cert, key, client } = makeCertificate(join(root, 'tls'));
  const registry = await startRegistry({
    directory: join(root, 'registry'),
    tls: { cert, key, clientCa: ca },
  });
  t.teardown(() => registry.close());
  const images = await opened(t, { certsDirectories: [join(root, 'certs')] });
  await images.load(createReadStream(await builtinImage()), quiet);
  const folder = (name: string) => {
    const path = join(root, 'certs', name);
    mkdirSync(path);
    copyFileSync(ca, join(path, 'ca.crt'));
    return (file: string) => join(path, file);
  };

  images.tag(images.get('busybox'), `${registry.host}/busybox`);
  await t.rejects(images.push(`${registry.host}/busybox`, quiet), /./, 'without one');

  const docker = folder(registry.host);
  copyFileSync(client.cert, docker('client.cert'));
  await t.rejects(
    images.push(`${registry.host}/busybox`, quiet),
    /missing key client.key for client certificate client.cert/,
  );
  copyFileSync(client.key, docker('client.key'));
  await images.push(`${registry.host}/busybox`, quiet);
  t.pass("Docker's way: client.cert and client.key");

  const containerd = folder('named.test');
  copyFileSync(client.cert, containerd('me.pem'));
  copyFileSync(client.key, containerd('me-key.pem'));
  const hosts = `server = "https://${registry.host}"\nca = "ca.crt"\nclient = [["me.pem", "me-key.pem"]]\n`;
  writeFileSync(containerd('hosts.toml'), hosts);
  t.equal((await images.pull('named.test/busybox', quiet)).length, 1, "containerd's way: hosts.toml");
});

t.test('a mirror of docker.io', { skip: skip || requires('docker-registry') }, async (t) => {
  const root = t.testdir({ registry: {} });
  const registry = await startRegistry({ directory: join(root, 'registry') });
  t.teardown(() => registry.close());
  const images = await opened(t, { mirrors: [`http://${registry.host}`] });
  const [loaded] = await images.load(createReadStream(await builtinImage()), quiet);
  if (!loaded) throw new Error('nothing was loaded');
  images.tag(loaded.image, `${registry.host}/library/mirrored`);
  await images.push(`${registry.host}/library/mirrored`, quiet);
  const [pulled] = await images.pull('mirrored', quiet);
  t.equal(pulled?.id, loaded.image.id);
  t.ok(pulled?.tags.includes('mirrored:latest'));
});

/** A proxy that knows one way only: whatever is asked for, it asks `host`. */
async function proxyTo(t: Test, host: string) {
  const asked: string[] = [];
  const [name = '', port = ''] = host.split(':');
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const { pathname, search } = new URL(incoming.url ?? '/', 'http://x');
    const onward = request({
      host: name,
      port,
      path: pathname + search,
      method: incoming.method,
      headers: incoming.headers,
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    const onward = connect(Number(port), name, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    onward.on('error', () => socket.destroy()).pipe(socket);
    socket.on('error', () => onward.destroy()).pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

t.test('proxies of the environment', { skip }, async (t) => {
  const registry = await fakeRegistry();
  t.teardown(() => registry.close());
  registry.pages.set('/a/tags/list', { data: Buffer.from('{"tags":[]}'), type: 'application/json' });
  const { url, asked } = await proxyTo(t, registry.host);
  const before = { ...process.env };
  t.teardown(() => {
    process.env = before;
  });
  const images = await opened(t, { insecure: ['registry.test:5000', 'direct.test:5000'] });
  process.env.HTTP_PROXY = url;
  process.env.HTTPS_PROXY = url;
  process.env.NO_PROXY = 'direct.test';
  const pull = (name: string) => images.pull(name, { ...quiet, allTags: true });
  t.same(await pull('registry.test:5000/a'), [], 'a name that nobody knows but the proxy');
  t.match(
    asked,
    ['CONNECT registry.test:5000', /^GET http:\/\/registry.test:5000\/v2\/a\/tags/],
    'TLS by a tunnel, http without',
  );
  asked.length = 0;
  await t.rejects(pull('direct.test:5000/a'), /no such host|lookup/, 'NO_PROXY goes its own way');
  await pull(`${registry.host}/a`);
  t.same(asked, [], 'nor does the loopback need one');
  process.env.NO_PROXY = '192.0.2.0/24,nonsense/99';
  const soon = { ...quiet, signal: AbortSignal.timeout(500) };
  await t.rejects(images.pull('192.0.2.1:5000/a', soon));
  t.same(asked, [], 'nor an address in a network of NO_PROXY');
});

t.test('search', { skip }, async (t) => {
  const index = await fakeRegistry();
  t.teardown(() => index.close());
  const images = await opened(t, {});
  const results = [
    { name: 'one', description: 'the first', star_count: 5, is_official: true },
    { name: 'two', description: null },
  ];
  let asked = '';
  index.pages.set('/v1/search', (incoming, response) => {
    asked = incoming.url ?? '';
    response.end(JSON.stringify({ results }));
  });
  t.same(await images.search(`${index.host}/some thing`, 10, {}), [
    { name: 'one', description: 'the first', stars: 5, official: true },
    { name: 'two', description: '', stars: 0, official: false },
  ]);
  t.equal(asked, '/v1/search?q=some+thing&n=10');
  t.equal((await images.search(`${index.host}/x`, 1, {})).length, 1, 'no more than was asked for');
  for (const nonsense of ['no json', '{"results":5}', '{"results":[5]}']) {
    index.pages.set('/v1/search', (_incoming, response) => void response.end(nonsense));
    await t.rejects(images.search(`${index.host}/x`, 1, {}), /the registry answered/, nonsense);
  }
});
