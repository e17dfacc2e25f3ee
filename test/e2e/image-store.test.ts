/**
 * The store of images when the daemon is killed in the middle of things: the next daemon knows every image that was
 * there, `fsck` sees whatever is left over, and mends it. And what `system df` says is what lies on the disk.
 */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import type { ImageSummary } from '../../src/api/image.ts';
import { call } from '../harness/api.ts';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode } from '../harness/client.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';

import { type FakeRegistry, fakeRegistry } from '../integration/image/fake-registry.ts';
import { HOST, OTHER, offerIndex, PREDICATE, THIRD } from '../integration/image/offered-index.ts';
import { tar } from '../integration/image/tar-bytes.ts';

t.setTimeout(300_000);

const ROUNDS = Number(process.env.SKIFF_STORE_ROUNDS ?? 6);
const OCI = 'application/vnd.oci.image';
const digestOf = (data: Buffer | string) => `sha256:${createHash('sha256').update(data).digest('hex')}`;

const skip = requires('root', 'runc', 'conmon', 'overlay');
if (skip) t.pass('image store', { skip });
else {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  const load = async (archive: Buffer) =>
    text((await docker.loadImage(Readable.from([archive]))) as Readable);
  await load(readFileSync(await builtinImage()));
  const fsck = async (repair: boolean) => {
    const { body } = await call(skiffd.socket, 'POST', `/skiff/fsck?repair=${repair ? 1 : 0}`);
    return (
      JSON.parse(body) as { Problems: { Kind: string; Name: string; Problem: string; Repaired: boolean }[] }
    ).Problems;
  };
  const registry = await fakeRegistry();
  t.teardown(() => registry.close());

  const container = await docker.createContainer({
    Image: 'busybox',
    Cmd: ['sh', '-c', 'head -c 3000000 /dev/urandom > /data'],
  });
  await container.start();
  await container.wait();

  /** What is under way when the daemon is killed; each makes or removes something of its own. */
  const operations: Record<string, (n: number) => Promise<unknown>> = {
    pull: async (n) => {
      offer(registry, `r${n}`);
      await text((await docker.pull(`${registry.host}/r${n}:latest`)) as Readable);
    },
    load: (n) => load(archiveOf(`load:${n}`)),
    import: async (n) => {
      const layer = tar({ name: `file${n}`, data: randomBytes(8_000_000) });
      await text(
        (await docker.importImage(Readable.from([layer]) as never, { repo: `import${n}` })) as Readable,
      );
    },
    commit: (n) => container.commit({ repo: `commit${n}` }),
    rmi: async (n) => {
      await load(archiveOf(`rmi:${n}`));
      await docker.getImage(`rmi:${n}`).remove();
    },
    prune: async (n) => {
      await load(archiveOf(`prune:${n}`));
      await load(archiveOf(`prune:${n}`));
      await docker.pruneImages();
    },
  };

  t.test('killed in the middle', { timeout: 100_000 }, async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const names = Object.keys(operations);
      const name = names[round % names.length] ?? '';
      await t.test(`${name} (${round})`, async (t) => {
        const before = await tags();
        let isDone = false;
        const running = operations[name]?.(round).then(
          () => {
            isDone = true;
          },
          () => {},
        );
        await sleep(10 + Math.random() * 250);
        const [wasDone] = [isDone];
        await skiffd.crash();
        await running;
        await skiffd.start();
        const after = await tags();
        t.same(
          before.filter((tag) => !after.includes(tag)),
          [],
          'no image is lost',
        );
        if (wasDone && name !== 'rmi' && name !== 'prune')
          t.ok(after.length > before.length, 'what was answered stays');
        await fsck(true);
        t.same(await fsck(false), [], 'mended');
        t.same(
          readdirSync(join(skiffd.dataRoot, 'image/ingest')).filter((file) => !file.endsWith('.part')),
          [],
        );
        t.same(
          readdirSync(join(skiffd.dataRoot, 'layers')).filter((file) => file.startsWith('tmp-')),
          [],
        );
      });
    }
    const { StatusCode } = await runOnce();
    t.equal(StatusCode, 0, 'and containers start');
  });

  t.test('what df says lies on the disk', async (t) => {
    const { body } = await call(skiffd.socket, 'GET', '/v1.47/system/df');
    const df = JSON.parse(body) as { LayersSize: number; Containers: { Id: string; SizeRw: number }[] };
    const path = (name: string) => join(skiffd.dataRoot, name);
    near(t, df.LayersSize, du(path('image/blobs'), path('image/ingest'), path('layers')), 'images');
    const [one] = df.Containers;
    near(t, one?.SizeRw ?? 0, du(path(`containers/${one?.Id}/upper`)), 'container');
    const name = 'measured';
    await docker.createVolume({ Name: name });
    const data = path(`volumes/${name}/_data`);
    for (let i = 0; i < 30; i++) writeFileSync(join(data, `file${i}`), randomBytes(1000 * i));
    const volumes = JSON.parse((await call(skiffd.socket, 'GET', '/v1.47/system/df?type=volume')).body) as {
      Volumes: { Name: string; UsageData: { Size: number } }[];
    };
    const said = volumes.Volumes.find(({ Name }) => Name === name)?.UsageData.Size ?? 0;
    near(t, said, du(data), 'volume');
    await docker.getVolume(name).remove();
  });

  t.test('and what the build cache takes', async (t) => {
    const stored = () => du(...['image/blobs', 'layers'].map((name) => join(skiffd.dataRoot, name)));
    const usage = async () =>
      JSON.parse((await call(skiffd.socket, 'GET', '/v1.47/system/df')).body) as {
        LayersSize: number;
        BuildCache: { Size: number }[];
      };
    const before = stored();
    // Small files take whole blocks.
    const files = Array.from({ length: 500 }, (_, i) => ({ name: `f${i}`, data: randomBytes(4500) }));
    const context = tar({ name: 'Dockerfile', data: 'FROM busybox\nCOPY f* /d/\n' }, ...files);
    await text((await docker.buildImage(Readable.from([context]) as never, { t: 'built' })) as Readable);
    const cached = ({ BuildCache }: { BuildCache: { Size: number }[] }) =>
      BuildCache.reduce((sum, { Size }) => sum + Size, 0);
    near(t, cached(await usage()), stored() - before, 'shared with the image');
    await docker.getImage('built').remove();
    const after = await usage();
    near(t, cached(after), stored() - before, 'alone');
    near(t, after.LayersSize + cached(after), stored(), 'with the images');
    await docker.pruneBuilder();
    near(t, (await usage()).LayersSize, stored(), 'pruned');
  });

  t.test('what cannot be had from elsewhere is said before anything is begun', async (t) => {
    const server = createServer((_request, response) => response.writeHead(404).end('no such page\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const from = (source: string) => `/images/create?fromSrc=${encodeURIComponent(source)}`;
    const filters = (value: object) =>
      `/images/search?term=x&filters=${encodeURIComponent(JSON.stringify(value))}`;
    const rows: [method: string, path: string, status: number, words: RegExp][] = [
      ['POST', '/images/create?fromImage=scratch&tag=latest', 403, /^'scratch' is a reserved name$/],
      [
        'POST',
        from(`127.0.0.1:${port}/nofile.tar`),
        404,
        /^failed to GET http:\/\/127\.0\.0\.1:\d+\/nofile\.tar with status 404 Not Found: no such page$/,
      ],
      ['POST', from('/data/file.tar'), 500, /no Host in request URL/],
      ['POST', from('127.0.0.1:1/x'), 500, /dial tcp 127\.0\.0\.1:1: connect: connection refused$/],
      ['POST', from('file:///etc/passwd'), 500, /unsupported protocol scheme "file"$/],
      ['GET', filters({ stars: ['a'] }), 400, /^invalid filter 'stars=a'$/],
      ['GET', filters({ 'is-official': ['a'] }), 400, /^invalid filter 'is-official=/],
    ];
    for (const [method, path, status, words] of rows) {
      const answer = await call(skiffd.socket, method, path);
      t.equal(answer.status, status, decodeURIComponent(path));
      t.match((JSON.parse(answer.body) as { message: string }).message, words);
    }
  });

  t.test('fsck sees what belongs to nobody', async (t) => {
    const old = new Date(Date.now() - 3600_000);
    const strays = {
      container: `containers/${'a'.repeat(64)}`,
      volume: 'volumes/stray',
      network: `networks/${'b'.repeat(64)}.json`,
    };
    const fleeting = { exit: `exits/${'d'.repeat(64)}`, 'shared-memory': `shm/${'e'.repeat(64)}` };
    for (const [kind, path] of Object.entries({ ...strays, ...fleeting })) {
      const whole = join(kind in strays ? skiffd.dataRoot : skiffd.execRoot, path);
      if (kind === 'shared-memory') mkdirSync(whole, { recursive: true });
      else if (kind === 'network' || kind === 'exit') writeFileSync(whole, '{}');
      else mkdirSync(join(whole, 'upper'), { recursive: true });
      utimesSync(whole, old, old);
    }
    mkdirSync(join(skiffd.dataRoot, `containers/${'c'.repeat(64)}`));
    const kinds = (problems: { Kind: string }[]) => problems.map(({ Kind }) => Kind).sort();
    t.same(
      kinds(await fsck(false)),
      ['container', 'exit', 'network', 'shared-memory', 'volume'],
      'not what may still be made',
    );
    const repaired = (await fsck(true)).filter(({ Repaired }) => Repaired);
    t.same(kinds(repaired), ['container', 'exit', 'shared-memory'], 'data and records are left to people');
    t.same(kinds(await fsck(false)), ['network', 'volume']);
  });

  t.test('an image that was deleted by force goes with the last container on it', async (t) => {
    await load(archiveOf('forced:1'));
    const { Id } = await docker.getImage('forced:1').inspect();
    const blob = join(skiffd.dataRoot, 'image/blobs/sha256', Id.slice(7));
    const [own, mounting] = [
      await docker.createContainer({ Image: 'forced:1', Cmd: ['x'] }),
      await docker.createContainer({
        Image: 'busybox',
        HostConfig: { Mounts: [{ Type: 'image' as never, Source: 'forced:1', Target: '/mnt' }] },
      }),
    ];
    await docker.getImage('forced:1').remove({ force: true });
    await docker.pruneImages({ filters: { dangling: { false: true } } });
    t.ok(existsSync(blob), 'two containers stand on it');
    await own.remove();
    await docker.pruneImages();
    t.ok(existsSync(blob), 'one has it mounted');
    await mounting.remove();
    t.notOk(existsSync(blob));
  });

  t.test('an image is for one platform', async (t) => {
    const other = encodeURIComponent('{"os":"linux","architecture":"s390x"}');
    const its = encodeURIComponent(
      JSON.stringify({ os: 'linux', architecture: (await docker.info()).Architecture }),
    );
    const elsewhere =
      /^image with reference busybox was found but its platform \(linux\/\w+\) does not match the specified platform \(linux\/s390x\)$/;
    const rows: [method: string, path: string, status: number, words?: RegExp][] = [
      ['GET', `/images/busybox/json?platform=${other}`, 404, elsewhere],
      ['GET', `/images/busybox/json?platform=${its}`, 200],
      ['GET', `/images/busybox/json?platform=${its}&manifests=1`, 400, /cannot both be set/],
      ['GET', `/images/busybox/history?platform=${other}`, 404, elsewhere],
      [
        'GET',
        `/images/busybox/get?platform=${other}`,
        404,
        /^no suitable export target found for platform linux\/s390x$/,
      ],
      ['GET', `/images/busybox/get?platform=${its}&platform=${other}`, 404, /^no suitable export target/],
      ['DELETE', `/images/busybox?platforms=${other}`, 404, elsewhere],
      ['GET', '/images/busybox/attestations', 200],
      ['GET', `/images/busybox/attestations?platform=${other}`, 404, elsewhere],
      ['GET', `/images/busybox/attestations?platform=${its}&platform=${other}`, 400, /only one platform/],
      ['GET', '/images/busybox/json', 200],
    ];
    for (const [method, path, status, words = /^/] of rows) {
      const answer = await call(skiffd.socket, method, path);
      t.equal(answer.status, status, `${method} ${decodeURIComponent(path)}`);
      if (status >= 400) t.match((JSON.parse(answer.body) as { message: string }).message, words);
    }
  });

  t.test('an image of several platforms', async (t) => {
    const { host, index, manifests, ids } = offerIndex(registry);
    const name = `${host}/a:latest`;
    const get = async <T>(path: string): Promise<T> => {
      const { status, body } = await call(skiffd.socket, 'GET', path);
      t.equal(status, 200, path);
      return JSON.parse(body) as T;
    };
    const encoded = (platform: object) => encodeURIComponent(JSON.stringify(platform));
    for (const { architecture } of [HOST, OTHER])
      await text((await docker.pull(name, { platform: `linux/${architecture}` })) as Readable);
    const images = await get<ImageSummary[]>('/v1.48/images/json?manifests=1');
    const summary = images.find(({ RepoTags }) => RepoTags.includes(name));
    const digests = [HOST, OTHER, THIRD].map(({ architecture }) => manifests.get(architecture));
    t.match(summary, {
      Id: ids.get(HOST.architecture),
      Descriptor: { digest: index },
      RepoDigests: [/@sha256/],
    });
    t.match(summary?.Manifests, [
      { ID: digests[0], Kind: 'image', Available: true, ImageData: { Platform: HOST, Containers: [] } },
      { ID: digests[1], Kind: 'image', Available: true, ImageData: { Platform: OTHER } },
      { ID: digests[2], Kind: 'image', Available: false, Size: { Total: 0, Content: 0 } },
      { Kind: 'attestation', AttestationData: { For: digests[0] } },
    ]);
    t.notOk((await get<ImageSummary[]>('/v1.46/images/json?manifests=1'))[0]?.Manifests, 'from 1.47 on');
    const [shared, counted] = await Promise.all(
      ['/v1.41/images/json?shared-size=1', '/v1.51/images/json'].map((path) => get<ImageSummary[]>(path)),
    );
    t.match(shared?.[0], { SharedSize: -1, Containers: -1 }, 'neither was to be had');
    t.ok(
      counted?.every(({ Containers }) => Containers >= 0),
      'containers are counted without being asked for',
    );
    const inspected = await get<{ Config: object }>(`/v1.55/images/${counted?.[0]?.Id}/json`);
    for (const name of ['Parent', 'Author', 'DockerVersion'])
      t.notOk(name in inspected, `${name} is not set`);
    t.notOk('OnBuild' in inspected.Config, 'nor is OnBuild');

    const inspect = await get<ImageSummary>(`/images/${name}/json?manifests=1`);
    t.same(inspect.Manifests, summary?.Manifests);
    const other = await get<ImageSummary>(`/images/${name}/json?platform=${encoded(OTHER)}`);
    t.match(other, { Id: ids.get(OTHER.architecture), Descriptor: { digest: digests[1] }, RepoTags: [name] });
    const path = `/images/${name}/attestations?statement=1`;
    t.match(await get<object[]>(`${path}&type=${encodeURIComponent(PREDICATE)}`), [
      { PredicateType: PREDICATE, Statement: { _type: 'statement' } },
    ]);
    t.same(await get<object[]>(`${path}&type=other`), []);
    t.same(await get<object[]>(`${path}&platform=${encoded(OTHER)}`), []);

    const made = await docker.createContainer({ Image: name, platform: 'linux/s390x', Cmd: ['x'] });
    const descriptor = { digest: digests[1], platform: OTHER };
    t.match(await made.inspect(), {
      Image: ids.get(OTHER.architecture),
      ImageManifestDescriptor: descriptor,
    });
    t.match((await docker.listContainers({ all: true }))[0], {
      Image: name,
      ImageManifestDescriptor: descriptor,
    });
    const rm = (query = '') => call(skiffd.socket, 'DELETE', `/images/${name}${query}`);
    t.equal((await rm(`?platforms=${encoded(OTHER)}`)).status, 409, 'a container stands on it');
    await made.remove();
    t.equal((await rm(`?platforms=${encoded(OTHER)}`)).status, 200);
    t.equal((await rm()).status, 200);
    t.same(await fsck(false).then((problems) => problems.filter(({ Kind }) => Kind === 'blob')), []);
  });

  async function tags(): Promise<string[]> {
    return (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  }

  async function runOnce(): Promise<{ StatusCode: number }> {
    const made = await docker.createContainer({ Image: 'busybox', Cmd: ['true'] });
    await made.start();
    const result = await made.wait();
    await made.remove();
    return result;
  }
}

function near(t: Test, said: number, found: number, what: string): void {
  t.ok(Math.abs(said / found - 1) < 0.01, `${what}: ${said} said, ${found} found`);
}

function du(...paths: string[]): number {
  const lines = execFileSync('du', ['-s', '-B1', ...paths], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return lines.reduce((sum, line) => sum + Number(line.split('\t')[0]), 0);
}

/** Two layers that do not compress. */
function layersOf(): { plain: Buffer[]; diffIds: string[] } {
  const plain = [1, 2].map((i) => tar({ name: `file${i}`, data: randomBytes(4_000_000) }));
  return { plain, diffIds: plain.map(digestOf) };
}

function archiveOf(name: string): Buffer {
  const { plain, diffIds } = layersOf();
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } };
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: plain.map((_, i) => `${i}.tar`) }];
  return tar(
    ...plain.map((data, i) => ({ name: `${i}.tar`, data })),
    { name: 'config.json', data: JSON.stringify(config) },
    { name: 'manifest.json', data: JSON.stringify(manifest) },
  );
}

function offer(registry: FakeRegistry, name: string): void {
  const { plain, diffIds } = layersOf();
  const layers = plain.map((data) =>
    registry.put(name, 'blobs', gzipSync(data, { level: 1 }), `${OCI}.layer.v1.tar+gzip`),
  );
  const document = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } };
  const config = registry.put(name, 'blobs', Buffer.from(JSON.stringify(document)), `${OCI}.config.v1+json`);
  const manifest = { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers };
  registry.put(name, 'manifests', Buffer.from(JSON.stringify(manifest)), manifest.mediaType, 'latest');
}
