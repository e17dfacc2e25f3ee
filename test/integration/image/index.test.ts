/** Images of several platforms under one name: what their index lists, what of it is here, and what becomes of it. */
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { type Digest, isDigest, sha256 } from '../../../src/core/digest.ts';
import type { Images } from '../../../src/image/contract.ts';
import { openImages } from '../../../src/image/images.ts';
import type { Progress } from '../../../src/image/progress.ts';
import type { ImageUser } from '../../../src/image/remove.ts';
import { requires } from '../../harness/requires.ts';
import { fakeRegistry } from './fake-registry.ts';
import { HOST, OTHER, offerIndex, PREDICATE, THIRD } from './offered-index.ts';
import { startRegistry } from './registry.ts';

// A busy machine takes its time; what hangs is found all the same.
t.setTimeout(300_000);

const skip = requires('root');
const logger = pino({ level: 'silent' });
async function opened(t: Test, root: string): Promise<Images> {
  const images = await openImages({ root, logger });
  t.teardown(() => images.close());
  return images;
}

async function site(t: Test) {
  const root = t.testdir({ engine: {}, other: {} });
  const registry = await fakeRegistry();
  t.teardown(() => registry.close());
  const images = await opened(t, join(root, 'engine'));
  const offered = offerIndex(registry);
  const name = `${registry.host}/a:latest`;
  const lines: Progress[] = [];
  const quiet = { progress: (line: Progress) => void lines.push(line) };
  const pull = (platform = HOST) => images.pull(name, { ...quiet, platform });
  return { root, registry, images, offered, name, lines, quiet, pull };
}

const blobs = (root: string) => readdirSync(join(root, 'image/blobs/sha256'));
const nobody = { force: false, prune: true, users: (): ImageUser[] => [] };
const shown = (images: Images, name: string) =>
  images.manifests(images.get(name)).map(({ kind, available }) => `${kind} ${available ? 'here' : 'not'}`);

t.test('pulled for one platform, then for another', { skip }, async (t) => {
  const { root, registry, images, offered, name, lines, pull } = await site(t);
  const { ids, manifests } = offered;
  const [image] = await pull();
  t.equal(image?.id, ids.get(HOST.architecture));
  t.equal(image?.target.digest, offered.index, 'the name leads to the index');
  t.same(image?.repoDigests, [`${registry.host}/a@${offered.index}`]);
  t.same(shown(images, name), ['image here', 'image not', 'image not', 'attestation here']);
  t.match(images.manifests(images.get(name)), [
    { descriptor: { digest: manifests.get(HOST.architecture), platform: HOST }, image: { id: image?.id } },
    { content: 0, unpacked: 0, image: undefined },
    {},
    { of: manifests.get(HOST.architecture) },
  ]);
  t.throws(() => images.get(name, OTHER), { kind: 'not-found', message: /does not match the specified/ });

  const [other] = await pull(OTHER);
  t.equal(other?.id, ids.get(OTHER.architecture));
  t.match(lines.at(-1)?.status, /^Status: Downloaded newer image/);
  t.equal(images.get(name).id, image?.id, 'the name still means the one for this machine');
  t.equal(images.get(name, OTHER).id, other?.id);
  t.same(images.get(name, OTHER).tags, [name]);
  t.equal(images.list().length, 1, 'one image for whoever lists them');
  t.same(shown(images, name), ['image here', 'image here', 'image not', 'attestation here']);
  registry.asked.length = 0;
  await pull(OTHER);
  t.match(lines.at(-1)?.status, /^Status: Image is up to date/);
  t.same(
    registry.asked.map(({ method, path }) => `${method} ${path}`),
    ['HEAD /a/manifests/latest'],
    'nothing is fetched that counts as a pull',
  );

  await images.collectGarbage(() => false);
  const again = await opened(t, join(root, 'engine'));
  t.same(
    shown(again, name),
    ['image here', 'image here', 'image not', 'attestation here'],
    'also after a restart',
  );
  t.same(
    (await images.check({ repair: false, isUsed: () => false })).problems,
    [],
    'fsck has nothing to say',
  );
});

t.test('what is stated about an image', { skip }, async (t) => {
  const { images, name, pull } = await site(t);
  await pull();
  await pull(OTHER);
  const [statement, ...more] = images.attestations(name, HOST);
  t.equal(statement?.predicateType, PREDICATE);
  t.same(statement?.read(), { _type: 'statement' });
  t.same([more, images.attestations(name, OTHER)], [[], []]);
  t.throws(() => images.attestations(name, THIRD), { kind: 'not-found', message: /does not match/ });
});

t.test('an image is as good without what is stated about it', { skip }, async (t) => {
  const { registry, images, offered, name, pull } = await site(t);
  for (const [path, page] of registry.pages) {
    if (typeof page !== 'function' && page.type.includes('in-toto')) registry.pages.delete(path);
  }
  t.equal((await pull())[0]?.id, offered.ids.get(HOST.architecture));
  t.same(shown(images, name), ['image here', 'image not', 'image not', 'attestation not']);
  await images.collectGarbage(() => false);
  t.same((await images.check({ repair: false, isUsed: () => false })).problems, []);
});

t.test('removed', { skip }, async (t) => {
  const { root, images, offered, name, pull } = await site(t);
  const engine = join(root, 'engine');
  await pull();
  const alone = blobs(engine).length;
  await pull(OTHER);
  const [id, other] = [HOST, OTHER].map(({ architecture }) => offered.ids.get(architecture) ?? '');
  const using = (used: string, running: boolean) => (asked: Digest) =>
    asked === used ? [{ id: 'ab'.repeat(32), running }] : [];

  await t.rejects(images.removeVariants(name, [THIRD], nobody), { kind: 'not-found', message: /platform/ });
  const options = { ...nobody, users: using(other ?? '', false) };
  await t.rejects(images.removeVariants(name, [OTHER], options), {
    kind: 'conflict',
    message: /used by stopped/,
  });
  await t.rejects(
    images.remove(name, options),
    { kind: 'conflict', message: /must force/ },
    'a container stands on a variant',
  );
  t.equal(images.reclaimable([images.get(name)]) > 0, true);

  t.match(await images.removeVariants(name, [OTHER], nobody), [{ Deleted: other }, { Deleted: /^sha256/ }]);
  t.same(shown(images, name), ['image here', 'image not', 'image not', 'attestation here']);
  t.equal(blobs(engine).length, alone, 'its blobs are gone, and no others');
  t.same(shown(await opened(t, engine), name), ['image here', 'image not', 'image not', 'attestation here']);

  await pull(OTHER);
  t.match(await images.remove(name, { ...options, force: true }), [
    { Untagged: name },
    { Untagged: /@sha256/ },
    { Deleted: id },
    { Deleted: other },
  ]);
  t.same(images.list(), []);
  t.equal(images.find(other ?? '')?.id, other, 'kept for the container that was made of it');
  await images.collectGarbage(() => false);
  t.same(blobs(engine), []);
});

t.test('a variant that has a name of its own', { skip }, async (t) => {
  const { registry, images, offered, name, quiet, pull } = await site(t);
  await pull();
  const digest = `${registry.host}/a@${offered.manifests.get(OTHER.architecture)}`;
  await images.pull(digest, quiet);
  t.same(shown(images, name).slice(0, 2), ['image here', 'image here']);
  t.same(
    images.list().map(({ tags, repoDigests }) => [tags, repoDigests]),
    [
      [[name], [`${registry.host}/a@${offered.index}`]],
      [[], [digest]],
    ],
  );
  const other = offered.ids.get(OTHER.architecture) ?? '';
  t.same(await images.remove(other, nobody), [{ Untagged: digest }]);
  t.equal(images.get(name, OTHER).id, other, 'the index has it still');
  t.match(await images.remove(other, nobody), [{ Deleted: other }, { Deleted: /^sha256/ }]);
  t.same(shown(images, name).slice(0, 2), ['image here', 'image not']);
});

t.test('the last variant takes the name along', { skip }, async (t) => {
  const { root, images, name, pull } = await site(t);
  await pull();
  t.match(await images.removeVariants(name, [HOST], nobody), [{ Untagged: name }]);
  t.same([images.list(), blobs(join(root, 'engine'))], [[], []]);
});

t.test('a name that moves on to another index', { skip }, async (t) => {
  const { registry, images, offered, name, pull } = await site(t);
  await pull();
  await pull(OTHER);
  const next = offerIndex(registry, 'newer');
  await pull();
  t.equal(images.get(name).id, next.ids.get(HOST.architecture));
  const before = images.get(offered.ids.get(OTHER.architecture) ?? '');
  t.same(before.tags, [], 'what stood under it has no name any more, but is here');
  t.equal(images.list().length, 2);
});

t.test('saved and loaded', { skip }, async (t) => {
  const { root, images, offered, name, quiet, pull } = await site(t);
  await pull();
  await pull(OTHER);
  const save = async (file: string, platforms?: (typeof HOST)[]) => {
    const path = join(root, file);
    await images.save(images.choose([name], platforms), createWriteStream(path));
    return path;
  };
  const whole = await save('whole.tar');
  const other = await opened(t, join(root, 'other'));
  const lines: Progress[] = [];
  await other.load(createReadStream(whole), { progress: (line) => void lines.push(line) });
  t.same(
    lines.flatMap(({ stream }) => stream ?? []),
    [`Loaded image: ${name}\n`],
  );
  t.same(shown(other, name), shown(images, name));
  t.equal(other.get(name).target.digest, offered.index);
  t.equal(other.attestations(name, HOST).length, 1);
  t.equal(other.get(name, OTHER).size, images.get(name, OTHER).size);

  const one = await opened(t, join(root, 'one'));
  await one.load(createReadStream(whole), { ...quiet, platforms: [OTHER] });
  t.same(shown(one, name), ['image not', 'image here', 'image not', 'attestation not']);
  t.equal(one.get(name).id, offered.ids.get(OTHER.architecture), 'the only one there is');
  await t.rejects(one.load(createReadStream(whole), { ...quiet, platforms: [THIRD] }), {
    kind: 'not-found',
    message: /no matching/,
  });

  const single = await opened(t, join(root, 'single'));
  await single.load(createReadStream(await save('single.tar', [OTHER])), quiet);
  t.equal(single.get(name).id, offered.ids.get(OTHER.architecture));
  t.equal(single.manifests(single.get(name)).length, 1, 'alone, without the index');
  const both = await opened(t, join(root, 'both'));
  await both.load(createReadStream(await save('both.tar', [HOST, OTHER])), quiet);
  t.same(shown(both, name).slice(0, 2), ['image here', 'image here']);
  t.throws(() => images.choose([name], [HOST, THIRD]), { kind: 'not-found', message: /no suitable/ });

  await t.test('skopeo reads the archive and the store', { skip: requires('skopeo') }, async (t) => {
    const inspect = (source: string) =>
      JSON.parse(execFileSync('skopeo', ['inspect', '--raw', source]).toString()) as { manifests: object[] };
    t.equal(inspect(`oci-archive:${whole}`).manifests.length, 4);
    t.equal(inspect(`oci:${join(root, 'engine/image')}:${name}`).manifests.length, 4);
    execFileSync('skopeo', ['copy', '-q', `docker-archive:${whole}`, `dir:${join(root, 'copy')}`]);
  });
});

t.test('pushed', { skip: skip || requires('docker-registry', 'skopeo') }, async (t) => {
  const { root, images, offered, name, quiet, pull } = await site(t);
  const registry = await startRegistry({ directory: join(root, 'registry') });
  t.teardown(() => registry.close());
  const target = `${registry.host}/b:1`;
  const push = async (platform?: typeof HOST) => {
    const lines: Progress[] = [];
    images.tag(images.get(name), target);
    await images.push(target, { progress: (line) => void lines.push(line), platform });
    return lines.flatMap(({ aux }) => aux ?? []);
  };
  const there = () =>
    sha256(execFileSync('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${target}`]));
  await pull();
  await pull(OTHER);
  const ofHost = offered.manifests.get(HOST.architecture);
  t.match(await push(), [
    { Digest: ofHost },
    {
      manifestPushedInsteadOfIndex: true,
      originalIndex: { digest: offered.index },
      selectedManifest: { digest: ofHost },
    },
  ]);
  t.equal(there(), ofHost, 'not all of the index is here');
  await push(OTHER);
  t.equal(there(), offered.manifests.get(OTHER.architecture));
  t.match(images.list(), [{ id: offered.ids.get(HOST.architecture), tags: [name, target].sort() }]);
  t.equal(images.list().length, 1, 'no names that the images have not here');
  await t.rejects(push(THIRD), { kind: 'not-found', message: /platform/ });
  await pull(THIRD);
  t.match(await push(), [{ Digest: offered.index }]);
  t.equal(there(), offered.index);
  const other = await opened(t, join(root, 'other'));
  await other.pull(target, { ...quiet, platform: THIRD });
  t.equal(other.get(target).id, offered.ids.get(THIRD.architecture));
  t.ok(isDigest(offered.index));
});
