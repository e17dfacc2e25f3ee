/** Names given and taken, in Docker's words and by its rules. */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import type { Images } from '../../../src/image/contract.ts';
import type { Image } from '../../../src/image/image.ts';
import { openImages } from '../../../src/image/images.ts';
import type { ImageUser, RemovedImage } from '../../../src/image/remove.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { requires } from '../../harness/requires.ts';
import { tar } from './tar-bytes.ts';

const skip = requires('root', 'busybox');
const logger = pino({ level: 'silent' });
const RUNNING: ImageUser = { id: 'ab'.repeat(32), running: true };
const STOPPED: ImageUser = { id: 'cd'.repeat(32), running: false };

async function opened(
  t: Test,
  names: string[] = ['busybox:latest'],
): Promise<{ images: Images; image: Image; root: string }> {
  const root = t.testdir({});
  const images = await openImages({ root, logger });
  t.teardown(() => images.close());
  await images.load(createReadStream(await builtinImage()), { progress: () => {} });
  const image = images.get('busybox');
  for (const name of names) images.tag(image, name);
  if (!names.includes('busybox:latest')) await remove(images, 'busybox:latest');
  return { images, image: images.get(image.id), root };
}

function remove(
  images: Images,
  name: string,
  force = false,
  users: ImageUser[] = [],
): Promise<RemovedImage[]> {
  return images.remove(name, { force, prune: true, users: () => users });
}

interface Case {
  name: string;
  tags: string[];
  /** `ID` and `SHORT` stand for the image's. */
  reference: string;
  force?: boolean;
  users?: ImageUser[];
  /** `Untagged` names, in order; with `gone`, the image and its layer are `Deleted` after them. */
  untagged?: string[];
  gone?: boolean;
  refused?: string;
}

const CASES: Case[] = [
  { name: 'the only tag', tags: ['a:1'], reference: 'a:1', untagged: ['a:1'], gone: true },
  { name: 'one of two tags', tags: ['a:1', 'b:2'], reference: 'b:2', untagged: ['b:2'] },
  {
    name: 'one of two tags, in use',
    tags: ['a:1', 'b:2'],
    reference: 'b:2',
    users: [RUNNING],
    untagged: ['b:2'],
  },
  { name: 'by id, one tag', tags: ['a:1'], reference: 'ID', untagged: ['a:1'], gone: true },
  { name: 'by short id', tags: ['a:1'], reference: 'SHORT', untagged: ['a:1'], gone: true },
  {
    name: 'by id, two tags',
    tags: ['a:1', 'a:2'],
    reference: 'SHORT',
    refused:
      'conflict: unable to delete SHORT (must be forced) - image is referenced in multiple repositories',
  },
  {
    name: 'by id, two tags, forced',
    tags: ['a:1', 'b:2'],
    reference: 'SHORT',
    force: true,
    untagged: ['a:1', 'b:2'],
    gone: true,
  },
  {
    name: 'the only tag, in use by a stopped container',
    tags: ['a:1'],
    reference: 'a:1',
    users: [STOPPED],
    refused:
      'conflict: unable to remove repository reference "a:1" (must force) - container cdcdcdcdcdcd is using its referenced image SHORT',
  },
  {
    name: 'by id, in use by a stopped container',
    tags: ['a:1'],
    reference: 'ID',
    users: [STOPPED],
    refused:
      'conflict: unable to delete SHORT (must be forced) - image is being used by stopped container cdcdcdcdcdcd',
  },
  {
    name: 'by id, in use by a running container',
    tags: ['a:1'],
    reference: 'ID',
    users: [RUNNING],
    refused:
      'conflict: unable to delete SHORT (cannot be forced) - image is being used by running container abababababab',
  },
  {
    name: 'the same, forced',
    tags: ['a:1'],
    reference: 'ID',
    force: true,
    users: [RUNNING],
    refused:
      'conflict: unable to delete SHORT (cannot be forced) - image is being used by running container abababababab',
  },
  { name: 'an unknown name', tags: ['a:1'], reference: 'nope', refused: 'No such image: nope:latest' },
  { name: 'an unknown tag', tags: ['a:1'], reference: 'a:2', refused: 'No such image: a:2' },
];

for (const { name, tags, reference, force, users, untagged = [], gone, refused } of CASES) {
  t.test(name, { skip }, async (t) => {
    const { images, image, root } = await opened(t, tags);
    const fill = (text: string) => text.replaceAll('ID', image.id).replaceAll('SHORT', image.id.slice(7, 19));
    const outcome = remove(images, fill(reference), force, users);
    if (refused !== undefined) {
      await t.rejects(outcome, { message: fill(refused) });
      t.same(images.get(image.id).tags, tags, 'nothing has changed');
      return;
    }
    const deleted = [{ Deleted: image.id }, { Deleted: image.config.rootfs.diff_ids[0] }];
    t.same(await outcome, [...untagged.map((Untagged) => ({ Untagged })), ...(gone ? deleted : [])]);
    t.equal(images.find(image.id) === undefined, gone ?? false);
    if (!gone) return;
    t.same(readdirSync(join(root, 'image/blobs/sha256')), [], 'no blob stays');
    t.same(readdirSync(join(root, 'layers')).sort(), ['empty', 'l'], 'no layer stays');
  });
}

t.test('forced while a stopped container stands on it', { skip }, async (t) => {
  const { images, image, root } = await opened(t, ['a:1']);
  t.match(await remove(images, 'a:1', true, [STOPPED]), [{ Untagged: 'a:1' }, { Deleted: image.id }]);
  t.same(images.list(), [], 'out of sight');
  t.equal(images.find(image.id)?.id, image.id, 'but the container can still start');
  const reopened = await openImages({ root, logger });
  t.same(reopened.list(), []);
  t.equal(reopened.find(image.id)?.id, image.id, 'also when the engine was away');
  await reopened.close();
  await images.collectGarbage(() => true);
  t.ok(images.find(image.id));
  await images.collectGarbage(() => false);
  t.notOk(images.find(image.id), 'gone with its last container');
  t.same(readdirSync(join(root, 'image/blobs/sha256')), []);
});

t.test('a name that moves on', { skip }, async (t) => {
  const { images, image } = await opened(t, ['a:1']);
  const other = await images.import(Readable.from([tar({ name: 'file', data: 'x' })]), { names: ['a:1'] });
  t.equal(images.get('a:1').id, other.id);
  t.same(images.get(image.id).tags, [], 'the old one has no name');
  t.equal(images.list().length, 2);
  await remove(images, image.id);
  t.equal(images.list().length, 1);
});

t.test('no image comes from itself, whatever an archive says', { skip }, async (t) => {
  const { images, image } = await opened(t);
  const { rootfs: _, ...config } = image.config;
  const layers = images.layersOf(image);
  const next = (author: string, parent: Image) =>
    images.create({ config: { ...config, author }, layers, names: [author], parent: parent.id });
  const second = next('second', next('first', image));
  t.equal(next('first', second).parent, image.id);
  t.equal(next('second', second).parent, images.get('first').id);
});

t.test('by name, id, prefix', { skip }, async (t) => {
  const { images, image } = await opened(t, ['a/b:c']);
  const hex = image.id.slice(7);
  const found = ['a/b:c', 'docker.io/a/b:c', image.id, hex, hex.slice(0, 12), `sha256:${hex.slice(0, 5)}`];
  for (const reference of found) t.equal(images.find(reference)?.id, image.id, reference);
  for (const reference of ['a/b', 'b:c', 'A/B:c', `${hex.slice(0, 12)}x`, '', '../a']) {
    t.equal(images.find(reference), undefined, reference);
  }
  t.throws(() => images.get('a/b'), { message: 'No such image: a/b:latest' });
  t.throws(() => images.get(`sha256:${'0'.repeat(64)}`), {
    message: `No such image: sha256:${'0'.repeat(64)}`,
  });
});

t.test('garbage collection while others work', { skip }, async (t) => {
  const { images, root } = await opened(t);
  const archives = Array.from({ length: 6 }, (_, i) =>
    tar({ name: `file-${i}`, data: `${i}`.repeat(100_000) }),
  );
  let working = true;
  const collecting = (async () => {
    while (working) {
      await images.collectGarbage(() => false);
      await setImmediate();
    }
  })();
  const made = await Promise.all(
    archives.map((archive, i) => images.import(Readable.from([archive]), { names: [`i:${i}`] })),
  );
  working = false;
  await collecting;
  for (const image of made) {
    for (const { digest } of image.layers)
      t.ok(existsSync(join(root, 'image/blobs/sha256', digest.slice(7))));
    for (const directory of images.layerDirectories(image)) t.ok(existsSync(directory));
  }
  t.same((await images.check({ repair: false, isUsed: () => false })).problems, []);
});
