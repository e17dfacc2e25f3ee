/** Root filesystems: as many layers as overlayfs takes, wherever the data-root lies, with the owner and mode of the image. */
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import type { Mount } from '../../../src/core/mount.ts';
import type { Images } from '../../../src/image/contract.ts';
import type { Image } from '../../../src/image/image.ts';
import { openImages } from '../../../src/image/images.ts';
import { mount, unmount } from '../../../src/kernel/mount.ts';
import { requires } from '../../harness/requires.ts';
import { type Header, tar } from './tar-bytes.ts';

const skip = requires('root', 'overlay');
const logger = pino({ level: 'silent' });
const LAYERS = 128;
const PLATFORM = { architecture: 'amd64', os: 'linux' };

async function opened(t: Test, root: string): Promise<Images> {
  const images = await openImages({ root, logger });
  t.teardown(() => images.close());
  return images;
}

/** One layer for each archive, each on top of the one before. */
async function stacked(images: Images, layers: Header[][]): Promise<Image> {
  const parts = await Promise.all(
    layers.map(async (entries, i) => {
      const image = await images.import(Readable.from([tar(...entries)]), { names: [`part:${i}`] });
      return images.layersOf(image);
    }),
  );
  return images.create({ config: PLATFORM, layers: parts.flat(), names: ['stacked'] });
}

function mounted<T>(t: Test, [root]: Mount[], use: (path: string) => T): T {
  const target = join(t.testdirName, 'mnt');
  mkdirSync(target, { recursive: true });
  mount(root?.source ?? '', target, root?.type ?? '', 0, root?.options.join(','));
  try {
    return use(target);
  } finally {
    unmount(target);
  }
}

for (const [name, depth] of [
  ['a short data-root', 0],
  ['a long data-root', 20],
] as const) {
  t.test(`${LAYERS} layers below ${name}`, { skip, timeout: 60_000 }, async (t) => {
    const root = join(t.testdir({}), ...Array<string>(depth).fill('a-long-name'));
    mkdirSync(root, { recursive: true });
    const images = await opened(t, root);
    const layers = Array.from({ length: LAYERS }, (_, i) => [
      { name: `layer-${i}`, data: `${i}` },
      { name: 'top', data: `${i}` },
    ]);
    const image = await stacked(images, layers);
    const directory = join(root, 'container');
    const mounts = await images.prepareSnapshot({ directory, image });
    t.ok((mounts[0]?.options.join(',').length ?? 0) < 4096, 'the options fit mount(2)');
    mounted(t, mounts, (path) => {
      t.equal(readFileSync(join(path, 'top'), 'utf8'), `${LAYERS - 1}`, 'the top layer is on top');
      t.equal(readFileSync(join(path, 'layer-0'), 'utf8'), '0');
      writeFileSync(join(path, 'written'), 'x');
    });
    t.equal(readFileSync(join(directory, 'upper/written'), 'utf8'), 'x');
    await images.removeSnapshot(directory);
    t.throws(() => statSync(join(directory, 'upper')), { code: 'ENOENT' });
  });
}

t.test('owner and mode of the root', { skip }, async (t) => {
  const images = await opened(t, t.testdir({}));
  const image = await stacked(images, [
    [{ name: './', type: '5', mode: 0o1711, uid: 7, gid: 8 }],
    [{ name: 'file', data: 'the upper layer does not say' }],
  ]);
  mounted(t, await images.prepareSnapshot({ directory: join(t.testdirName, 'c'), image }), (path) => {
    const { mode, uid, gid } = statSync(path);
    t.same([mode & 0o7777, uid, gid], [0o1711, 7, 8]);
  });
});

t.test('no image, and an image without layers', { skip }, async (t) => {
  const images = await opened(t, t.testdir({}));
  const empty = images.create({ config: PLATFORM, layers: [], names: ['empty'] });
  for (const [name, image] of [
    ['none', undefined],
    ['empty', empty],
  ] as const) {
    mounted(t, await images.prepareSnapshot({ directory: join(t.testdirName, name), image }), (path) => {
      t.equal(statSync(path).mode & 0o7777, 0o755);
      writeFileSync(join(path, 'file'), 'x');
    });
  }
});

t.test('what an overlay would keep from being a whole layer is off', { skip }, async (t) => {
  const images = await opened(t, t.testdir({}));
  const image = await stacked(images, [
    [
      { name: 'd/', type: '5' },
      { name: 'd/file', data: 'x' },
    ],
  ]);
  const directory = join(t.testdirName, 'c');
  mounted(t, await images.prepareSnapshot({ directory, image }), (path) => {
    chmodSync(join(path, 'd/file'), 0o600);
    chownSync(join(path, 'd/file'), 5, 5);
  });
  t.equal(
    readFileSync(join(directory, 'upper/d/file'), 'utf8'),
    'x',
    'a file of which only the owner changed is there with its data',
  );
});

t.test('a data-root that overlayfs cannot name', { skip }, async (t) => {
  for (const name of ['a:b', 'a,b', 'a\\b']) {
    await t.rejects(openImages({ root: join(t.testdir({}), name), logger }), /may not contain/);
  }
});
