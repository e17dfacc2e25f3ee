/** Pulling from registries that are well, ill, slow, lying, or behind a lock. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { sha256 } from '../../../src/core/digest.ts';
import type { Images } from '../../../src/image/contract.ts';
import { openImages } from '../../../src/image/images.ts';
import type { Progress } from '../../../src/image/progress.ts';
import type { PullOptions } from '../../../src/image/pull-blobs.ts';
import { requires } from '../../harness/requires.ts';
import { type FakeRegistry, fakeRegistry, type Handler, type Page, send } from './fake-registry.ts';
import { tar } from './tar-bytes.ts';

// A busy machine takes its time; what hangs is found all the same.
t.setTimeout(300_000);

const skip = requires('root');
const logger = pino({ level: 'silent' });
const OCI = 'application/vnd.oci.image';
const MIB = 1024 ** 2;

interface Site {
  images: Images;
  root: string;
  registry: FakeRegistry;
  lines: Progress[];
  pull(name: string, options?: Partial<PullOptions>): ReturnType<Images['pull']>;
}

async function site(t: Test, certs?: (host: string, directory: string) => void): Promise<Site> {
  const root = t.testdir({ certs: {} });
  const registry = await fakeRegistry();
  certs?.(registry.host, join(root, 'certs'));
  const images = await openImages({ root, logger, registry: { certsDirectories: [join(root, 'certs')] } });
  const lines: Progress[] = [];
  t.teardown(async () => {
    await images.close();
    await registry.close();
  });
  const pull = (name: string, options = {}) =>
    images.pull(`${registry.host}/${name}`, { progress: (line) => lines.push(line), ...options });
  return { images, root, registry, lines, pull };
}

/** An image of layers that do not compress; its manifest is `tag`. */
function offer(registry: FakeRegistry, name: string, tag: string, sizes: number[], architecture = 'amd64') {
  const plain = sizes.map((size, i) => tar({ name: `file-${i}`, data: randomBytes(size) }));
  const layers = plain.map((data) =>
    registry.put(name, 'blobs', gzipSync(data, { level: 1 }), `${OCI}.layer.v1.tar+gzip`),
  );
  const config = {
    architecture,
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: plain.map((data) => sha256(data)) },
  };
  const configBlob = registry.put(
    name,
    'blobs',
    Buffer.from(JSON.stringify(config)),
    `${OCI}.config.v1+json`,
  );
  const manifest = { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config: configBlob, layers };
  const put = registry.put(name, 'manifests', Buffer.from(JSON.stringify(manifest)), manifest.mediaType, tag);
  return { layers, id: configBlob.digest, manifest: put };
}

const blobPath = (name: string, digest: string) => `/${name}/blobs/${digest}`;
const left = (root: string) => readdirSync(join(root, 'image', 'ingest'));

t.test('by tag, digest and platform', { skip }, async (t) => {
  const { registry, pull, lines, images } = await site(t);
  const one = offer(registry, 'a/b', 'v1', [1000, 2000]);
  const other = offer(registry, 'a/b', 'arm', [500], 'arm64');
  const index = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [
      { ...one.manifest, platform: { os: 'linux', architecture: 'amd64' } },
      { ...other.manifest, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    ],
  };
  const top = registry.put('a/b', 'manifests', Buffer.from(JSON.stringify(index)), index.mediaType, 'multi');

  const [image] = await pull('a/b:v1');
  t.equal(image?.id, one.id);
  t.same(image?.tags, [`${registry.host}/a/b:v1`]);
  t.same(image?.repoDigests, [`${registry.host}/a/b@${one.manifest.digest}`]);
  t.match(
    lines.map(({ status }) => status),
    ['Pulling from a/b', 'Pulling fs layer'],
  );
  t.match(lines.at(-1)?.status, /^Status: Downloaded newer image for /);
  await pull('a/b:v1');
  t.match(lines.at(-1)?.status, /^Status: Image is up to date for /);

  const [arm] = await pull('a/b:multi', { platform: { os: 'linux', architecture: 'arm64' } });
  t.equal(arm?.id, other.id);
  t.same(arm?.repoDigests, [`${registry.host}/a/b@${top.digest}`]);
  const [byDigest] = await pull(`a/b@${one.manifest.digest}`);
  t.equal(byDigest?.id, one.id);
  t.equal(images.get(`${registry.host}/a/b@${one.manifest.digest}`).id, one.id);
  await t.rejects(
    pull('a/b:multi', { platform: { os: 'linux', architecture: 'riscv64' } }),
    /no matching manifest for linux\/riscv64/,
  );
  await pull('a/b:v1', { platform: { os: 'linux', architecture: 'riscv64' } });
  t.match(
    lines.at(-1)?.status,
    /^WARNING: image with reference .* was found but its platform \(linux\/amd64\) does not match the specified platform \(linux\/riscv64\)$/,
  );

  registry.pages.set('/a/b/tags/list', (request, response) => {
    const second = request.url?.includes('last=arm');
    if (!second) response.setHeader('link', '</v2/a/b/tags/list?n=1000&last=arm>; rel="next"');
    response.end(JSON.stringify({ name: 'a/b', tags: second ? ['v1'] : ['arm'] }));
  });
  t.equal((await pull('a/b', { allTags: true })).length, 2, 'all tags, over two pages');
});

t.test('a line that is cut at random', { skip }, async (t) => {
  const { registry, pull, root } = await site(t);
  const { layers, id } = offer(registry, 'a', 'latest', [3 * MIB, 2 * MIB]);
  let sent = 0;
  for (const { digest } of layers) {
    const page = registry.pages.get(blobPath('a', digest));
    if (!page || typeof page === 'function') throw new Error('no blob');
    registry.pages.set(blobPath('a', digest), (request, response) => {
      const write = response.end.bind(response) as (chunk: Buffer) => void;
      response.end = ((rest: Buffer) => {
        const length = Math.min(rest.length, 100_000 + Math.floor(Math.random() * 900_000));
        sent += length;
        if (length === rest.length) return write(rest);
        response.write(rest.subarray(0, length), () => response.socket?.destroy());
      }) as typeof response.end;
      send(request, response, page);
    });
  }
  const [image] = await pull('a');
  t.equal(image?.id, id);
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  t.ok(sent < total + 1 * MIB, `sent ${sent} bytes for ${total}: less than a layer was fetched again`);
  t.ok(
    registry.asked.filter(({ headers }) => headers.range).length >= 4,
    'it went on where the line was cut',
  );
  t.same(left(root), []);
});

t.test('cancelled, then continued', { skip }, async (t) => {
  const { registry, pull, root } = await site(t);
  const { layers, id } = offer(registry, 'a', 'latest', [4 * MIB]);
  const [layer] = layers;
  const path = blobPath('a', layer?.digest ?? '');
  const page = registry.pages.get(path);
  if (!page || typeof page === 'function') throw new Error('no blob');
  const cancel = new AbortController();
  registry.pages.set(path, (_request, response) => {
    response.writeHead(200, { 'content-length': page.data.length });
    response.write(page.data.subarray(0, 2 * MIB));
  });
  const arrived = () =>
    statSync(join(root, 'image', 'ingest', `${layer?.digest.slice(7)}.part`), { throwIfNoEntry: false })
      ?.size ===
    2 * MIB;
  const pulled = pull('a', { signal: cancel.signal });
  while (!arrived()) await new Promise((wait) => setTimeout(wait, 10));
  cancel.abort();
  await t.rejects(pulled, /cancel/);
  t.equal(left(root).length, 1, 'what had come is kept');
  registry.pages.set(path, page);
  registry.asked.length = 0;
  const [image] = await pull('a');
  t.equal(image?.id, id);
  t.equal(registry.asked.find((asked) => asked.path === path)?.headers.range, `bytes=${2 * MIB}-`);
  t.same(left(root), []);
});

t.test('one download for all who wait', { skip }, async (t) => {
  const { registry, pull } = await site(t);
  const { manifest, layers } = offer(registry, 'a', 'one', [MIB]);
  const data = registry.pages.get(`/a/manifests/${manifest.digest}`);
  if (data) registry.pages.set('/a/manifests/two', data);
  await Promise.all([pull('a:one'), pull('a:two'), pull('a:one')]);
  const asked = registry.asked.filter(({ path }) => path === blobPath('a', layers[0]?.digest ?? ''));
  t.equal(asked.length, 1);
});

t.test('collecting garbage meanwhile takes nothing away', { skip }, async (t) => {
  const { registry, pull, images } = await site(t);
  const { layers, id } = offer(registry, 'a', 'latest', Array(6).fill(200_000));
  let isOver = false;
  const collecting = (async () => {
    while (!isOver) {
      await images.collectGarbage(() => false);
      await new Promise((wait) => setImmediate(wait));
    }
  })();
  for (const { digest } of layers) {
    const page = registry.pages.get(blobPath('a', digest));
    if (!page || typeof page === 'function') throw new Error('no blob');
    registry.pages.set(blobPath('a', digest), (request, response) => {
      setTimeout(() => send(request, response, page), 30);
    });
  }
  const [image] = await pull('a');
  isOver = true;
  await collecting;
  t.equal(image?.id, id);
  t.same((await images.check({ repair: false, isUsed: () => false })).problems, []);
});

t.test('at most three downloads at a time', { skip }, async (t) => {
  const { registry, pull } = await site(t);
  const { layers } = offer(registry, 'a', 'latest', Array(8).fill(1000));
  let [now, most] = [0, 0];
  for (const { digest } of layers) {
    const page = registry.pages.get(blobPath('a', digest));
    registry.pages.set(blobPath('a', digest), (request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        if (page && typeof page !== 'function') send(request, response, page);
      }, 20);
    });
  }
  await pull('a');
  t.equal(most, 3);
});

t.test('lies and nonsense leave nothing behind', { skip }, async (t) => {
  const { registry, pull, root, images } = await site(t);
  const { layers, manifest } = offer(registry, 'a', 'latest', [1000]);
  const layer = blobPath('a', layers[0]?.digest ?? '');
  const good = registry.pages.get(layer);
  const size = layers[0]?.size ?? 0;
  const nothing = () => {
    t.same(left(root), []);
    t.same(images.list(), []);
    t.notOk(existsSync(join(root, 'image/blobs/sha256', layers[0]?.digest.slice(7) ?? '')));
  };
  registry.pages.set(layer, { data: randomBytes(size), type: 'x' });
  await t.rejects(pull('a'), new RegExp(`verification failed for digest ${layers[0]?.digest}`));
  nothing();
  registry.pages.set(layer, { data: randomBytes(size + 1), type: 'x' });
  await t.rejects(pull('a'), /sent more than the \d+ bytes/);
  registry.pages.set(layer, { data: Buffer.alloc(size - 1), type: 'x' });
  await t.rejects(pull('a'), /unexpected EOF|verification failed/);

  const evil = {
    ...(JSON.parse(page(registry, manifest.digest).toString()) as object),
    config: { mediaType: 'application/x-evil', digest: manifest.digest, size: 1 },
  };
  registry.put('a', 'manifests', Buffer.from(JSON.stringify(evil)), `${OCI}.manifest.v1+json`, 'type');
  await t.rejects(pull('a:type'), /unsupported media type of an image config: application\/x-evil/);
  registry.put(
    'a',
    'manifests',
    Buffer.from('{"schemaVersion":1}'),
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    'v1',
  );
  await t.rejects(pull('a:v1'), /unsupported media type of a manifest: .*v1\+prettyjws/);
  registry.put('a', 'manifests', Buffer.alloc(5 * MIB, ' '), `${OCI}.manifest.v1+json`, 'huge');
  await t.rejects(pull('a:huge'), /larger than 4194304 bytes/);
  registry.pages.set(`/a/manifests/${'sha256:'.padEnd(71, '0')}`, { data: Buffer.from('{}'), type: 'x' });
  await t.rejects(
    pull(`a@${'sha256:'.padEnd(71, '0')}`),
    /manifest verification failed for digest sha256:0000/,
  );
  await t.rejects(pull('a:nope'), {
    message: /^manifest for .*\/a:nope not found: manifest unknown: manifest unknown$/,
  });
  if (good) registry.pages.set(layer, good);
  t.equal((await pull('a')).length, 1, 'and then it works');
});

function page(registry: FakeRegistry, digest: string): Buffer {
  const found = registry.pages.get(`/a/manifests/${digest}`);
  if (!found || typeof found === 'function') throw new Error('no manifest');
  return found.data;
}

t.test('busy for a while', { skip }, async (t) => {
  const { registry, pull } = await site(t);
  const { id, manifest } = offer(registry, 'a', 'latest', [1000]);
  const good = { data: page(registry, manifest.digest), type: manifest.mediaType };
  let refused = 0;
  registry.pages.set('/a/manifests/latest', (request, response) => {
    if (refused++ < 2) response.writeHead(refused === 1 ? 503 : 429).end();
    else send(request, response, good);
  });
  const [image] = await pull('a');
  t.equal(image?.id, id);
  t.equal(refused, 3);
});

t.test('tokens, and who gets to see them', { skip }, async (t) => {
  const { registry, pull } = await site(t);
  const elsewhere = await fakeRegistry();
  t.teardown(() => elsewhere.close());
  const { layers } = offer(registry, 'a', 'latest', [1000]);
  const layer = blobPath('a', layers[0]?.digest ?? '');
  const blob = registry.pages.get(layer);
  if (blob) elsewhere.pages.set('/storage', blob);
  registry.pages.set(layer, (_request, response) => {
    response
      .writeHead(307, { location: `http://${elsewhere.host.replace('127.0.0.1', 'localhost')}/v2/storage` })
      .end();
  });
  for (const [path, inner] of [...registry.pages]) registry.pages.set(path, locked(registry, inner));
  registry.pages.set('/token', ({ headers, url }, response) => {
    const { searchParams } = new URL(url ?? '', 'http://x');
    const known = headers.authorization === `Basic ${Buffer.from('user:secret').toString('base64')}`;
    if (!known) return void response.writeHead(401).end('{"details":"incorrect username or password"}');
    t.equal(searchParams.get('scope'), 'repository:a:pull');
    t.equal(searchParams.get('service'), 'the registry');
    response.end('{"token":"opensesame"}');
  });
  await t.rejects(pull('a'), /incorrect username or password/);
  await pull('a', { auth: { username: 'user', password: 'secret' } });
  t.equal(elsewhere.asked.length, 1);
  t.equal(elsewhere.asked[0]?.headers.authorization, undefined, 'storage elsewhere sees no token');
});

t.test('a token instead of a password', { skip }, async (t) => {
  const { registry, pull, images } = await site(t);
  offer(registry, 'a', 'latest', [1000]);
  registry.pages.set('/', { data: Buffer.from('{}'), type: 'application/json' });
  for (const [path, inner] of [...registry.pages]) registry.pages.set(path, locked(registry, inner));
  registry.pages.set('/token', async (request, response) => {
    const asked = new URL(request.url ?? '', 'http://x').searchParams;
    const form = new URLSearchParams(await text(request));
    const isKnown = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === 'lasting';
    if (request.method === 'POST' && !isKnown) return void response.writeHead(401).end('{}');
    const lasting = asked.get('offline_token') === 'true' && { refresh_token: 'lasting' };
    response.end(
      JSON.stringify({ [request.method === 'POST' ? 'access_token' : 'token']: 'opensesame', ...lasting }),
    );
  });
  const login = { username: 'user', password: 'secret', serveraddress: registry.host };
  const identitytoken = await images.checkLogin(login);
  t.equal(identitytoken, 'lasting');
  t.equal((await pull('a', { auth: { identitytoken } })).length, 1);
  await t.rejects(pull('a', { auth: { identitytoken: 'another' } }), /unauthorized/);
});

function locked(registry: FakeRegistry, inner: Page) {
  return (...[request, response]: Parameters<Handler>) => {
    if (request.headers.authorization === 'Bearer opensesame') {
      if (typeof inner === 'function') inner(request, response);
      else send(request, response, inner);
      return;
    }
    const realm = `http://${registry.host}/v2/token`;
    response.setHeader('www-authenticate', `Bearer realm="${realm}",service="the registry",scope="ignored"`);
    response.writeHead(401).end();
  };
}

t.test('a mirror first, then the registry', { skip }, async (t) => {
  const mirror = await fakeRegistry();
  t.teardown(() => mirror.close());
  const { registry, images } = await site(t, (host, certs) => {
    mkdirSync(join(certs, 'registry.test'));
    const hosts = `server = "http://${host}"\n[host."http://${mirror.host}"]\n  capabilities = ["pull", "resolve"]\n`;
    writeFileSync(join(certs, 'registry.test', 'hosts.toml'), hosts);
  });
  const { id } = offer(registry, 'a', 'latest', [1000]);
  const mirrored = offer(mirror, 'a', 'mirrored', [1000]);
  const progress = () => {};
  t.equal((await images.pull('registry.test/a', { progress }))[0]?.id, id, 'the mirror lacks it');
  t.equal(
    (await images.pull('registry.test/a:mirrored', { progress }))[0]?.id,
    mirrored.id,
    'the mirror has it',
  );
  await mirror.close();
  registry.asked.length = 0;
  t.equal((await images.pull('registry.test/a', { progress }))[0]?.id, id, 'the mirror is gone');
});
