/** `fsck` finds what is broken or left over, mends what it can, and says what it cannot. */

import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { hexOf } from '../../../src/core/digest.ts';
import type { Images } from '../../../src/image/contract.ts';
import { openImages } from '../../../src/image/images.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { requires } from '../../harness/requires.ts';
import { tar } from './tar-bytes.ts';

const skip = requires('root', 'busybox');
const logger = pino({ level: 'silent' });

interface Place {
  root: string;
  images: Images;
  /** Of the image's only layer. */
  diff: string;
  blob: string;
}

async function opened(t: Test, root = t.testdir({})): Promise<Place> {
  const images = await openImages({ root, logger });
  t.teardown(() => images.close());
  await images.load(createReadStream(await builtinImage()), { progress: () => {} });
  const image = images.get('busybox');
  const [diff = ''] = images.layerDirectories(image);
  const blob = join(root, 'image/blobs/sha256', hexOf(image.layers[0]?.digest ?? image.id));
  return { root, images, diff, blob };
}

const check = (images: Images, repair: boolean, used = false) => images.check({ repair, isUsed: () => used });

t.test('nothing wrong', { skip }, async (t) => {
  const { images } = await opened(t);
  const { checked, problems } = await check(images, false);
  t.same(problems, []);
  t.equal(checked, 5, 'three blobs, an image, a layer');
  const twice = tar({ name: 'd', type: '5' }, { name: 'd/x', data: 'x' }, { name: 'd', data: 'y' });
  await images.import(Readable.from([twice]), { names: ['twice'] });
  t.same((await check(images, false)).problems, [], 'a directory that became a file');
});

const DAMAGE: Record<string, { hurt: (place: Place) => void; problem: RegExp }> = {
  'there is more than there was': {
    hurt: ({ diff }) => {
      mkdirSync(join(diff, 'etc/more'));
      writeFileSync(join(diff, 'etc/more/file'), '');
    },
    problem: /^"etc\/more" is not in its archive, and 1 more$/,
  },
  'a file has other content': {
    hurt: ({ diff }) => execFileSync('sed', ['-i', 's/root/toor/', join(diff, 'etc/group')]),
    problem: /"etc\/group" has other content/,
  },
  'a file is gone': {
    hurt: ({ diff }) => rmSync(join(diff, 'etc/passwd')),
    problem: /"etc\/passwd" is missing/,
  },
  'a directory is gone': {
    hurt: ({ diff }) => rmSync(join(diff, 'home'), { recursive: true }),
    problem: /"home" is missing/,
  },
  'permissions changed': {
    hurt: ({ diff }) => execFileSync('chmod', ['777', join(diff, 'root')]),
    problem: /"root" has other permissions/,
  },
  'an owner changed': {
    hurt: ({ diff }) => execFileSync('chown', ['5:5', join(diff, 'bin')]),
    problem: /"bin" has another owner/,
  },
};

for (const [name, { hurt, problem }] of Object.entries(DAMAGE)) {
  t.test(name, { skip }, async (t) => {
    const place = await opened(t);
    hurt(place);
    const [found, ...others] = (await check(place.images, false)).problems;
    t.match(found, { kind: 'layer', problem, repaired: false });
    t.same(others, []);
    t.match((await check(place.images, true, true)).problems, [
      { problem: /containers stand on it/, repaired: false },
    ]);
    t.match((await check(place.images, true)).problems, [{ repaired: true }]);
    t.same((await check(place.images, false)).problems, [], 'mended');
  });
}

t.test('a damaged blob that an image needs', { skip }, async (t) => {
  const { images, blob } = await opened(t);
  truncateSync(blob, 1000);
  t.match((await check(images, false)).problems, [{ kind: 'blob', problem: /^damaged/, repaired: false }]);
  t.match((await check(images, true)).problems, [
    { kind: 'blob', problem: /^damaged: .* pull or load the image again$/, repaired: false },
    { kind: 'image', name: 'busybox:latest', problem: /is missing/ },
  ]);
  await images.load(createReadStream(await builtinImage()), { progress: () => {} });
  t.same((await check(images, false)).problems, [], 'loaded again, all is well');
});

t.test('what was left over', { skip }, async (t) => {
  const { root, images } = await opened(t);
  const old = new Date(Date.now() - 7 * 24 * 3600_000);
  const blobs = join(root, 'image/blobs/sha256');
  writeFileSync(join(blobs, 'ab'.repeat(32)), 'nobody needs this');
  writeFileSync(join(root, 'image/ingest', 'cut.tmp'), 'x');
  writeFileSync(join(root, 'image/ingest', `${'cd'.repeat(32)}.part`), 'x');
  utimesSync(join(root, 'image/ingest', `${'cd'.repeat(32)}.part`), old, old);
  mkdirSync(join(root, 'layers/tmp-cut/diff'), { recursive: true });
  const names = (problems: { name: string }[]) => problems.map(({ name }) => name).sort();
  const want = [`${'cd'.repeat(32)}.part`, 'cut.tmp', `sha256:${'ab'.repeat(32)}`, 'tmp-cut'];
  t.same(names((await check(images, false)).problems), want);
  t.ok((await check(images, true)).problems.every(({ repaired }) => repaired));
  t.same((await check(images, false)).problems, []);
  t.same(readdirSync(join(root, 'image/ingest')), []);
  t.equal(readdirSync(blobs).length, 3);
});

for (const [name, hurt] of Object.entries({
  'a layer that is gone': (layer: string) => rmSync(layer, { recursive: true }),
  'a layer whose record a power cut took': (layer: string) => truncateSync(join(layer, 'layer.json')),
}))
  t.test(`${name}, found at start`, { skip }, async (t) => {
    const { root, images, diff } = await opened(t);
    await images.close();
    hurt(join(diff, '..'));
    const again = await openImages({ root, logger });
    t.teardown(() => again.close());
    t.match((await check(again, true)).problems, [
      { kind: 'layer', problem: 'not unpacked', repaired: true },
    ]);
    t.same((await check(again, false)).problems, []);
  });

t.test('an image whose manifest is gone, found at start', { skip }, async (t) => {
  const { root, images } = await opened(t);
  const { manifest } = images.get('busybox');
  await images.close();
  rmSync(join(root, 'image/blobs/sha256', hexOf(manifest.digest)));
  const again = await openImages({ root, logger });
  t.teardown(() => again.close());
  t.same(again.list(), [], 'the engine starts without it');
  const { problems } = await check(again, true);
  t.match(
    problems.find(({ kind }) => kind === 'image'),
    { name: 'docker.io/library/busybox:latest', repaired: true },
  );
  await check(again, true);
  t.same((await check(again, false)).problems, []);
});

t.test('disk usage is what du says', { skip }, async (t) => {
  const { root, images } = await opened(t);
  const du = execFileSync('du', ['-s', '-B1', join(root, 'image/blobs'), join(root, 'layers')]).toString();
  const said = du.split('\n').reduce((sum, line) => sum + Number(line.split('\t')[0] || 0), 0);
  t.ok(Math.abs((await images.diskUsage()) / said - 1) < 0.02, `${await images.diskUsage()} against ${said}`);
});
