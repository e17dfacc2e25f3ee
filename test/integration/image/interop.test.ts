/** Our archives load in Docker and Podman, theirs in ours, and the image is the same image everywhere. */
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { sha256 } from '../../../src/core/digest.ts';
import type { Images } from '../../../src/image/contract.ts';
import { openImages } from '../../../src/image/images.ts';
import { hostPlatform } from '../../../src/image/platform.ts';
import type { Progress } from '../../../src/image/progress.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { debianDocker } from '../../harness/docker-cli.ts';
import { startDockerd } from '../../harness/dockerd.ts';
import { requires } from '../../harness/requires.ts';
import { block, tar } from './tar-bytes.ts';

// A busy machine takes its time; what hangs is found all the same.
t.setTimeout(300_000);

const skip = requires('root', 'busybox');
const logger = pino({ level: 'silent' });
const quiet = { progress: () => {} };

async function opened(t: Test, root: string): Promise<Images> {
  const images = await openImages({ root, logger });
  t.teardown(() => images.close());
  return images;
}

/** Two images; `two` has a second layer on top of the first's. */
async function withTwo(t: Test, dir: string): Promise<Images> {
  const images = await opened(t, join(dir, 'engine'));
  await images.load(createReadStream(await builtinImage()), quiet);
  const base = images.get('busybox');
  const other = await images.import(Readable.from([tar({ name: 'etc/added', data: 'x' })]), {
    names: ['other:1'],
  });
  const layers = [...images.layersOf(base), ...images.layersOf(other)];
  images.create({
    config: { architecture: base.config.architecture, os: 'linux' },
    layers,
    names: ['two:1', 'two:2'],
  });
  return images;
}

/** A tar of one file of so many MiB. */
function* zeros(mib: number): Generator<Buffer> {
  yield block({ name: 'zeros', size: mib * 1024 ** 2 });
  for (let i = 0; i < mib; i++) yield Buffer.alloc(1024 ** 2);
}

function packed(how: string, path: string): Readable {
  const file = createReadStream(path);
  if (how === 'gzip') return file.pipe(createGzip());
  if (how === 'zstd') return file.pipe(createZstdCompress());
  return Readable.from([execFileSync(how, ['-c', path], { maxBuffer: 2 ** 30 })]);
}

function temporary(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'skiff-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

t.test('docker', { skip }, async (t) => {
  const dir = t.testdir({});
  const images = await withTwo(t, dir);
  const saved = join(dir, 'saved.tar');
  await images.save(images.choose(['busybox', 'two:1', 'two:2']), createWriteStream(saved));
  const dockerd = await startDockerd({ args: ['--bridge=none', '--iptables=false'] });
  t.teardown(() => dockerd.close());
  const program = join(await debianDocker(), 'usr/bin/docker');
  const docker = (...args: string[]) =>
    execFileSync(program, ['-H', dockerd.host, ...args])
      .toString()
      .trim();

  const said = docker('load', '-i', saved);
  t.match(said, /Loaded image: busybox:latest/);
  t.match(said, /Loaded image: two:2/);
  for (const name of ['busybox', 'two:1', 'two:2']) {
    const [theirs] = JSON.parse(docker('image', 'inspect', name));
    const ours = images.get(name);
    t.equal(theirs.Id, ours.id, `${name} has the same id`);
    t.same(theirs.RootFS.Layers, ours.config.rootfs.diff_ids);
    t.equal(theirs.Size, ours.size, `${name} has the same size`);
  }

  const back = join(dir, 'back.tar');
  docker('save', '-o', back, 'busybox', 'two:1', 'two:2');
  const others = await opened(t, join(dir, 'other'));
  const loaded = await others.load(createReadStream(back), quiet);
  t.same(loaded.flatMap(({ names }) => names).sort(), ['busybox:latest', 'two:1', 'two:2']);
  for (const name of ['busybox', 'two:1']) t.equal(others.get(name).id, images.get(name).id);
  t.same((await others.check({ repair: false, isUsed: () => false })).problems, []);
});

t.test('podman', { skip: skip || requires('podman') }, async (t) => {
  const dir = t.testdir({});
  const images = await withTwo(t, dir);
  const saved = join(dir, 'saved.tar');
  await images.save(images.choose(['busybox', 'two:1']), createWriteStream(saved));
  const place = temporary(t);
  const store = ['--root', join(place, 'root'), '--runroot', join(place, 'run'), '--storage-driver', 'vfs'];
  const podman = (...args: string[]) =>
    execFileSync('podman', [...store, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  podman('load', '-q', '-i', saved);
  for (const name of ['busybox', 'two:1']) {
    t.equal(`sha256:${podman('image', 'inspect', '-f', '{{.Id}}', name)}`, images.get(name).id);
  }
  for (const format of ['docker-archive', 'oci-archive']) {
    const back = join(dir, `${format}.tar`);
    podman('save', '-q', '--format', format, '-o', back, 'localhost/two:1');
    const others = await opened(t, join(dir, format));
    const [loaded] = await others.load(createReadStream(back), quiet);
    t.equal(loaded?.image.size, images.get('two:1').size, format);
    t.same(loaded?.image.config.rootfs.diff_ids, images.get('two:1').config.rootfs.diff_ids);
  }
});

t.test('which images a name means, and for which platform', { skip }, async (t) => {
  const images = await withTwo(t, t.testdir({}));
  const amd64 = { os: 'linux', architecture: hostPlatform().architecture };
  const names = (...references: string[]) =>
    images.choose(references, [amd64]).map(({ variants, names }) => [variants[0]?.id, ...names]);
  const { id } = images.get('two:1');
  t.same(names('two'), [[id, 'two:1', 'two:2']], 'a repository: all of its tags');
  t.same(names('two:2', id), [[id, 'two:2']], 'an id adds no name');
  t.same(names('other', 'two:1').length, 2);
  t.throws(() => images.choose(['nosuch']), { kind: 'not-found', message: 'No such image: nosuch:latest' });
  t.throws(() => images.choose(['two:1'], [{ os: 'linux', architecture: 's390x' }]), {
    kind: 'not-found',
    message: 'no suitable export target found for platform linux/s390x',
  });
});

t.test('names that move', { skip }, async (t) => {
  const images = await opened(t, t.testdir({}));
  const archive = (author: string) =>
    tar(
      { name: 'manifest.json', data: JSON.stringify([{ Config: 'c', RepoTags: ['x:1'], Layers: [] }]) },
      { name: 'c', data: JSON.stringify({ author, os: 'linux', architecture: 'amd64' }) },
    );
  const [first] = await images.load(Readable.from([archive('one')]), quiet);
  const lines: string[] = [];
  const progress = ({ stream }: Progress) => lines.push(stream ?? '');
  await images.load(Readable.from([archive('two')]), { progress });
  t.same(lines, [
    `The image x:1 already exists, renaming the old one with ID ${first?.image.id} to empty string\n`,
    'Loaded image: x:1\n',
  ]);
  const other = { progress, platforms: [{ os: 'linux', architecture: 'arm64' }] };
  t.same(await images.load(Readable.from([archive('three')]), other), [], 'nothing for this platform');
});

t.test('a digest is not what an archive says', { skip }, async (t) => {
  const images = await opened(t, t.testdir({}));
  const forgery = `sha256:${'0'.repeat(64)}`;
  const blob = (value: object) => {
    const data = Buffer.from(JSON.stringify(value));
    return { data, digest: sha256(data), size: data.length };
  };
  const config = blob({ os: 'linux', architecture: 'amd64' });
  const { data: _, ...descriptor } = { mediaType: 'application/vnd.oci.image.config.v1+json', ...config };
  const manifest = blob({ schemaVersion: 2, config: descriptor, layers: [] });
  const named = (digest: string) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: manifest.digest,
    size: manifest.size,
    annotations: { 'io.containerd.image.name': `docker.io/library/a@${digest}` },
  });
  const load = (index: object) => {
    const blobs = [config, manifest].map(({ data, digest }) => ({
      name: `blobs/sha256/${digest.slice(7)}`,
      data,
    }));
    return images.load(
      Readable.from([tar(...blobs, { name: 'index.json', data: JSON.stringify(index) })]),
      quiet,
    );
  };
  const [forged] = await load({ manifests: [named(forgery)] });
  t.same(forged?.names, []);
  const [honest] = await load({ manifests: [named(manifest.digest)] });
  t.same(honest?.names, [`a@${manifest.digest}`]);
  const item = (name: string) => [{ Config: 'c', RepoTags: [name], Layers: [] }];
  const loadItem = (name: string) =>
    images.load(
      Readable.from([
        tar({ name: 'manifest.json', data: JSON.stringify(item(name)) }, { name: 'c', data: config.data }),
      ]),
      quiet,
    );
  await t.rejects(loadItem(`a@${forgery}`), { message: `invalid tag "a@${forgery}"` });
  t.same((await loadItem(`a:1@${forgery}`))[0]?.names, ['a:1']);
});

t.test('compressed archives, and archives that are none', { skip }, async (t) => {
  const dir = t.testdir({});
  const path = await builtinImage();
  for (const name of ['gzip', 'zstd', 'bzip2', 'xz']) {
    const images = await opened(t, join(dir, name));
    const [loaded] = await images.load(packed(name, path), quiet);
    t.same(loaded?.names, ['busybox:latest'], name);
  }
  const images = await opened(t, join(dir, 'none'));
  const load = (...bytes: Buffer[]) => images.load(Readable.from(bytes), quiet);
  const json = (name: string, value: unknown) => ({ name, data: JSON.stringify(value) });
  const cases: [string, Buffer, RegExp][] = [
    ['nothing', Buffer.alloc(0), /invalid archive: does not contain a manifest.json or an index.json/],
    ['no tar', Buffer.alloc(2000, 'x'), /invalid archive/],
    ['a tar of something else', tar({ name: 'x', data: 'y' }), /does not contain a manifest.json/],
    [
      'a manifest that is no JSON',
      tar({ name: 'manifest.json', data: '{' }),
      /manifest.json is no JSON document/,
    ],
    [
      'a manifest of another shape',
      tar(json('manifest.json', { a: 1 })),
      /manifest.json is no list of images/,
    ],
    [
      'a config that is missing',
      tar(json('manifest.json', [{ Config: 'c', RepoTags: null, Layers: [] }])),
      /"c" is missing/,
    ],
    [
      'more layers than the config says',
      tar(json('manifest.json', [{ Config: 'c', RepoTags: null, Layers: ['l'] }]), json('c', {}), {
        name: 'l',
      }),
      /layers length mismatch/,
    ],
    ...[
      { config: { Env: 'x' } },
      { config: { Labels: { a: 5 } } },
      { history: {} },
      { rootfs: { diff_ids: 'x' } },
    ].map((config): [string, Buffer, RegExp] => [
      `a config of another shape: ${JSON.stringify(config)}`,
      tar(json('manifest.json', [{ Config: 'c', RepoTags: null, Layers: [] }]), json('c', config)),
      /^invalid image config: \/\S+ must be /,
    ]),
    [
      'a name that is none',
      tar(json('manifest.json', [{ Config: 'c', RepoTags: ['A:b'], Layers: [] }]), json('c', {})),
      /repository name must be lowercase/,
    ],
    [
      'a link in a circle',
      tar(json('manifest.json', [{ Config: 'c', RepoTags: null, Layers: [] }]), {
        name: 'c',
        type: '2',
        linkName: 'c',
      }),
      /"c" is missing/,
    ],
    [
      'a layer that is not the one',
      tar(
        json('manifest.json', [{ Config: 'c', RepoTags: null, Layers: ['l'] }]),
        json('c', { rootfs: { diff_ids: [`sha256:${'0'.repeat(64)}`] } }),
        { name: 'l', data: tar({ name: 'f' }) },
      ),
      /layer verification failed/,
    ],
  ];
  for (const [name, bytes, words] of cases) await t.rejects(load(bytes), words, name);
  const bomb = Readable.from(zeros(300)).pipe(createGzip({ level: 9 }));
  await t.rejects(
    images.load(bomb, quiet),
    /^the archive unpacks to more than 400 times its packed size$/,
    'a bomb',
  );
  t.same(images.list(), []);
  t.same(
    (await images.check({ repair: false, isUsed: () => false })).problems,
    [],
    'nothing half-made stays',
  );
});
