/** Registries that do what the distribution spec allows, and few of them do. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { sha256 } from '../../../src/core/digest.ts';
import { openImages } from '../../../src/image/images.ts';
import type { Progress } from '../../../src/image/progress.ts';
import { requires } from '../../harness/requires.ts';
import { type FakeRegistry, fakeRegistry } from './fake-registry.ts';
import { tar } from './tar-bytes.ts';

// A busy machine takes its time; what hangs is found all the same.
t.setTimeout(300_000);

const skip = requires('root');
const OCI = 'application/vnd.oci.image';
const MIB = 1024 ** 2;

async function site(t: Test, bytes = 1000) {
  const registry = await fakeRegistry();
  t.teardown(() => registry.close());
  const images = await openImages({ root: t.testdir({}), logger: pino({ level: 'silent' }) });
  t.teardown(() => images.close());
  const name = `${registry.host}/a:1`;
  const archive = tar({ name: 'file', data: randomBytes(bytes) });
  await images.import(Readable.from([archive]), { names: [name] });
  const push = async () => {
    const lines: Progress[] = [];
    await images.push(name, { progress: (line) => void lines.push(line) });
    return lines;
  };
  return { registry, images, name, push };
}

/** What a registry does with uploads; each may be replaced. */
interface Habits {
  /** Headers of the answer that begins an upload. */
  begin?: Record<string, string>;
  /** Where an upload goes on; default: a path with a query. */
  location?: (state: string) => string;
  /** How much of a piece it keeps. */
  keep?: (piece: number) => number;
  /** Answers 416 to a piece that begins elsewhere than where it is, instead of taking it. */
  strict?: boolean;
}

/** Takes uploads as the spec says; returns what arrived: path or digest → bytes. */
function takeUploads(registry: FakeRegistry, habits: Habits = {}) {
  const arrived = new Map<string, Buffer>();
  const pieces: { method: string; length: number; range?: string; token?: string }[] = [];
  let received = Buffer.alloc(0);
  let state = 0;
  const { location = (next) => `/v2/a/blobs/uploads/x?state=${next}`, keep = (piece) => piece } = habits;
  const answer = (response: ServerResponse, status: number) => {
    const range = received.length > 0 && { range: `0-${received.length - 1}` };
    response.writeHead(status, { location: location(String(++state)), ...range }).end();
  };
  const upload = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const { method = '', headers } = request;
    const range = headers['content-range'];
    if (method !== 'GET') pieces.push({ method, length: body.length, range, token: headers.authorization });
    if (method === 'GET') return answer(response, 204);
    if (habits.strict && range && Number(range.split('-')[0]) !== received.length)
      return answer(response, 416);
    received = Buffer.concat([
      received,
      body.subarray(0, method === 'PUT' ? body.length : keep(body.length)),
    ]);
    if (method === 'PATCH') return answer(response, 202);
    const { searchParams } = new URL(request.url ?? '', 'http://x');
    arrived.set(searchParams.get('digest') ?? '', received);
    received = Buffer.alloc(0);
    response.writeHead(201).end();
  };
  registry.pages.set('/a/blobs/uploads/', (_request, response) => {
    response.writeHead(202, { ...habits.begin, location: location(String(state)) }).end();
  });
  registry.pages.set('/a/blobs/uploads/x', (request, response) => void upload(request, response));
  registry.pages.set('/a/manifests/1', (request, response) => {
    void buffer(request).then((body) => {
      arrived.set('manifest', body);
      response.writeHead(201, { 'oci-subject': 'sha256:0' }).end();
    });
  });
  return { arrived, pieces };
}

/** Whether every blob that the manifest names arrived whole. */
function arrivedWhole(t: Test, arrived: Map<string, Buffer>) {
  const { config, layers } = JSON.parse(String(arrived.get('manifest')));
  for (const { digest } of [config, ...layers]) t.equal(sha256(arrived.get(digest) ?? ''), digest);
}

const HABITS: Record<string, Habits> = {
  'a location with a query': {},
  'pieces of which it keeps some': { keep: (piece) => Math.ceil(piece / 2) },
};

for (const [habit, habits] of Object.entries(HABITS)) {
  t.test(habit, { skip }, async (t) => {
    const { registry, push } = await site(t, 20 * MIB);
    const { arrived, pieces } = takeUploads(registry, habits);
    await push();
    arrivedWhole(t, arrived);
    t.ok(pieces.length >= 4, 'in pieces');
  });
}

t.test('whole locations', { skip }, async (t) => {
  const { registry, push } = await site(t, 20 * MIB);
  const { arrived } = takeUploads(registry, {
    location: (state) => `http://${registry.host}/v2/a/blobs/uploads/x?state=${state}&signed=a%2Fb`,
  });
  await push();
  arrivedWhole(t, arrived);
});

t.test('a piece that it lost, and asks for again', { skip }, async (t) => {
  const { registry, push } = await site(t, 20 * MIB);
  let first = true;
  const keep = (piece: number) => {
    const kept = first ? 0 : piece;
    first = false;
    return kept;
  };
  const { arrived, pieces } = takeUploads(registry, { keep, strict: true });
  await push();
  arrivedWhole(t, arrived);
  t.equal(pieces.filter(({ range }) => range === pieces[0]?.range).length, 2, 'the first went twice');
});

t.test('nothing that is sent is kept', { skip }, async (t) => {
  const { registry, push } = await site(t, 20 * MIB);
  takeUploads(registry, { keep: () => 1, strict: true });
  await t.rejects(push(), /the registry does not keep what is sent/);
});

for (const least of [12 * MIB, 100 * MIB]) {
  t.test(`pieces of at least ${least / MIB} MiB`, { skip }, async (t) => {
    const { registry, push } = await site(t, 40 * MIB);
    const begin = { 'oci-chunk-min-length': String(least) };
    const { arrived, pieces } = takeUploads(registry, { begin });
    await push();
    arrivedWhole(t, arrived);
    t.notOk(pieces.some(({ method, length }) => method === 'PATCH' && length < least));
  });
}

t.test('no mount, and an upload somewhere else that sees no credentials', { skip }, async (t) => {
  const { registry, images, name } = await site(t, 1000);
  const storage = await fakeRegistry();
  t.teardown(() => storage.close());
  const elsewhere = `http://${storage.host.replace('127.0.0.1', 'localhost')}`;
  const { arrived, pieces } = takeUploads(storage, {
    location: () => `${elsewhere}/v2/a/blobs/uploads/x?state=0`,
  });
  const there = takeUploads(registry);
  registry.pages.set('/b/manifests/1', { data: Buffer.alloc(0), type: '' });
  registry.pages.set('/a/blobs/uploads/', (request, response) => {
    if (!request.headers.authorization)
      return void response.writeHead(401, { 'www-authenticate': ['Negotiate', 'Basic realm="x"'] }).end();
    response.writeHead(202, { location: `${elsewhere}/v2/a/blobs/uploads/x?state=0` }).end();
  });
  await images.push(name, { progress: () => {}, auth: { username: 'u', password: 'p' } });
  for (const [key, value] of there.arrived) arrived.set(key, value);
  arrivedWhole(t, arrived);
  t.same(
    pieces.map(({ token }) => token),
    pieces.map(() => undefined),
  );
});

for (const status of [202, 403]) {
  t.test(`a mount that is answered with ${status}`, { skip }, async (t) => {
    const { registry, images, name, push } = await site(t);
    const { arrived } = takeUploads(registry);
    await push();
    arrived.clear();
    const mounts: (string | null)[] = [];
    registry.pages.set('/b/blobs/uploads/', (request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://x');
      mounts.push(searchParams.get('from'));
      const isRefused = searchParams.has('from') && status === 403;
      response.writeHead(isRefused ? 403 : 202, { location: '/v2/a/blobs/uploads/x?state=0' }).end();
    });
    const manifest = registry.pages.get('/a/manifests/1');
    if (manifest) registry.pages.set('/b/manifests/1', manifest);
    const other = name.replace('/a:', '/b:');
    images.tag(images.get(name), other);
    await images.push(other, { progress: () => {} });
    arrivedWhole(t, arrived);
    t.equal(mounts[0], 'a', 'it was tried');
  });
}

t.test('a manifest of which nothing is said', { skip }, async (t) => {
  const { registry, images } = await site(t);
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
  const put = registry.put('c', 'blobs', Buffer.from(JSON.stringify(config)), '');
  const blob = { ...put, mediaType: `${OCI}.config.v1+json` };
  const manifest = JSON.stringify({ schemaVersion: 2, config: blob, layers: [] });
  registry.pages.set('/c/manifests/latest', (_request, response) => void response.end(manifest));
  const [image] = await images.pull(`${registry.host}/c`, { progress: () => {} });
  t.equal(image?.id, put.digest, 'neither type nor digest in the headers');
  t.same(image?.repoDigests, [`${registry.host}/c@${sha256(manifest)}`]);
});

t.test('pages of tags', { skip }, async (t) => {
  const { registry, images } = await site(t);
  const links = [
    '</v2/d/tags/list?n=1&last=a>; rel="next"',
    `<http://${registry.host}/v2/d/tags/list?n=1&last=b>; title="x"; rel=next`,
  ];
  const asked: string[] = [];
  registry.pages.set('/d/tags/list', ({ url = '' }, response) => {
    const link = links[asked.push(url) - 1];
    if (link) response.setHeader('link', link);
    response.end('{"tags":null}');
  });
  t.same(await images.pull(`${registry.host}/d`, { progress: () => {}, allTags: true }), []);
  t.match(asked, [/n=1000$/, /last=a$/, /last=b$/]);
});
