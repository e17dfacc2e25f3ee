/** The build cache: what an equal step is, how long it is known, and how it is pruned. */
import { request as httpRequest } from 'node:http';
import t from 'tap';
import { pace } from '../../harness/pace.ts';
import { requires } from '../../harness/requires.ts';
import { readImage } from './archive.ts';
import { baseRootfs, type Query } from './engine.ts';
import { cachedSteps, type Fixture, leftovers, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

/** Two engines, as none knows what the other has built. */
const [one, two] = skip ? [] : [await openFixture(t), await openFixture(t)];

t.test('cache', { skip }, async (t) => {
  const { skiffd, engine, build } = one as Fixture;
  const dockerfile = 'FROM base:1\nENV A=1\nCOPY f /f\nRUN date +%N > /now\nRUN cat /f /now > /out';
  const first = await build(dockerfile, { files: { f: 'one' } });

  await t.test('an equal build is the very same image', async (t) => {
    const again = await build(dockerfile, { files: { f: 'one', other: 'not copied' } });
    t.equal(again.id, first.id);
    t.equal(cachedSteps(again.text), 4);
  });
  await t.test('other content is another step, and so are those after it', async (t) => {
    const changed = await build(dockerfile, { files: { f: 'two' } });
    t.equal(cachedSteps(changed.text), 1);
    t.not(changed.id, first.id);
    t.equal((await build(dockerfile, { files: { f: 'one' } })).id, first.id, 'the old one is still known');
  });
  await t.test('no-cache carries everything out, and is what is remembered', async (t) => {
    const fresh = await build(dockerfile, { files: { f: 'one' }, query: { nocache: '1' } });
    t.equal(cachedSteps(fresh.text), 0);
    t.not(fresh.id, first.id);
    t.equal((await build(dockerfile, { files: { f: 'one' } })).id, fresh.id);
  });
  await t.test('a stage may be left out of it', async (t) => {
    const stages =
      'FROM base:1 AS a\nRUN date +%N > /n\nFROM base:1 AS B\nRUN date +%N > /m\nCOPY --from=a /n /n';
    await build(stages);
    const query = { nocachefilter: '["b"]' };
    t.equal(cachedSteps((await build(stages, { query })).text), 1, 'that of the other stage');
    t.equal(cachedSteps((await build(stages)).text), 3);
  });
  await t.test('equal steps of stages side by side are one', async (t) => {
    const text =
      'FROM base:1 AS a\nWORKDIR /same\nRUN echo a > a\nFROM base:1\nWORKDIR /same\nRUN sleep 0.1 && date +%N > now\nCOPY --from=a /same/a .';
    for (const nocache of ['1', '']) {
      const one = await build(text, { query: { nocache } });
      t.equal(one.error, undefined);
      const two = await build(text);
      t.equal(cachedSteps(two.text), 5);
      t.equal(two.id, one.id);
    }
  });
  await t.test('a linked layer stands by itself', async (t) => {
    const linked = (content: string) =>
      `FROM base:1\nRUN echo ${content} > /x\nCOPY --link --chown=user f /l/f\nRUN cat /x /l/f && stat -c "%U" /l/f > /owner`;
    const files = { f: 'linked\n' };
    const one = await build(linked('one'), { files, query: { t: 'link:1' } });
    const two = await build(linked('two'), { files, query: { t: 'link:2' } });
    t.equal(cachedSteps(one.text), 0);
    t.match(two.text, /Step 3\/4 : COPY.*\n ---> Using cache\n/);
    t.match(two.text, /^two\nlinked\n/m);
    const [first, second] = await Promise.all(
      ['link:1', 'link:2'].map(async (name) => readImage(await engine.save(name))),
    );
    t.same(
      first?.layers[2],
      new Map([
        ['l/', 'd 755 1000:1000'],
        ['l/f', 'f 644 1000:1000 linked\n'],
      ]),
    );
    t.equal(second?.document.rootfs.diff_ids[2], first?.document.rootfs.diff_ids[2]);
    t.not(second?.document.rootfs.diff_ids[1], first?.document.rootfs.diff_ids[1]);
  });
  await t.test('it outlives the daemon, and the images', async (t) => {
    const before = await build(dockerfile, { files: { f: 'one' } });
    for (const { Id } of await engine.json<{ Id: string; RepoTags: string[] }[]>('GET', '/images/json')) {
      if (Id !== first.id) await engine.json('DELETE', `/images/${Id}?force=1`).catch(() => {});
    }
    await engine.import(baseRootfs(), 'base', '1');
    const based = await build(dockerfile, { files: { f: 'one' } });
    await skiffd.crash();
    await skiffd.start();
    const after = await build(dockerfile, { files: { f: 'one' } });
    t.equal(after.id, based.id);
    t.equal(cachedSteps(after.text), 4);
    t.ok(before.id);
  });
  await t.test('an argument that a step sees is part of it', async (t) => {
    const text = 'FROM base:1\nARG V=1\nRUN echo $V > /v';
    await build(text);
    const other = await build(text, { query: { buildargs: JSON.stringify({ V: '2' }) } });
    t.equal(cachedSteps(other.text), 1, 'the ARG itself is the same');
    t.equal(cachedSteps((await build(text)).text), 2);
  });
  await t.test('twenty cached steps take no time', async (t) => {
    const text = [
      'FROM base:1',
      'COPY f /f',
      ...Array.from({ length: 18 }, (_, n) => `RUN echo ${n} > /${n}`),
    ].join('\n');
    await build(text, { files: { f: 'x' } });
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const began = performance.now();
      const built = await build(text, { files: { f: 'x' } });
      times.push(performance.now() - began);
      t.equal(cachedSteps(built.text), 19);
    }
    const median = times.sort((a, b) => a - b)[2] ?? 0;
    t.ok(median < 150 * pace(), `${Math.round(median)} ms`);
  });
  t.same(leftovers(skiffd), []);
});

t.test('prune', { skip }, async (t) => {
  const { skiffd, engine, build } = two as Fixture;
  const prune = (query: Query = {}) =>
    engine.json<{ CachesDeleted: string[] | null; SpaceReclaimed: number }>(
      'POST',
      `/build/prune?${new URLSearchParams(query as Record<string, string>)}`,
    );
  const big =
    'FROM base:1\nRUN dd if=/dev/zero of=/big bs=1024 count=2048 2> /dev/null\nRUN --mount=type=cache,target=/c echo kept > /c/f';
  const built = await build(big, { query: { t: 'big' } });
  const unnamed = await build('FROM base:1\nRUN dd if=/dev/zero of=/b2 bs=1024 count=1024 2> /dev/null');

  t.match(await prune({ filters: JSON.stringify({ until: ['1h'] }) }), {
    CachesDeleted: null,
    SpaceReclaimed: 0,
  });
  const refused = (query: Query, message: RegExp) => t.rejects(prune(query), { message });
  const filters = (given: Record<string, string[]>) => ({ all: '1', filters: JSON.stringify(given) });
  await refused(
    filters({ until: ['soon'] }),
    /400.*"until.*" filter expects a duration .*: time: invalid duration/,
  );
  await refused(filters({ until: ['1h'], 'unused-for': ['1h'] }), /400.*conflicting filters/);
  await refused(filters({ type: ['regular', 'exec.cachemount'] }), /400.*filters expect only one value/);
  await refused(filters({ mutable: ['1'] }), /400.*invalid filter 'mutable'/);
  await refused({ 'keep-storage': 'much' }, /400.*keep-storage is in bytes and expects an integer, got much/);
  const matchNothing: Record<string, string[]>[] = [
    { label: ['x'] },
    { description: ['RUN'] },
    { inuse: ['true'] },
    { until: ['1h'] },
    { id: ['nix'] },
  ];
  for (const none of matchNothing)
    t.match(await prune(filters(none)), { CachesDeleted: null }, JSON.stringify(none));
  const kept = { 'keep-storage': '1000000000' };
  t.match(await prune({ all: '1', ...kept }), { CachesDeleted: null }, 'no more than what is to be kept');
  t.match(await prune({ dryRun: '1', ...filters({ 'label!': ['x'] }) }), {
    SpaceReclaimed: Number,
  });
  t.equal((await build(big)).id, built.id, 'a dry run removes nothing');
  await engine.json('DELETE', `/images/${unnamed.id}`);
  const dangling = await prune();
  t.ok((dangling.CachesDeleted?.length ?? 0) >= 2, 'what no image stands on, and the cache mount');
  t.ok(dangling.SpaceReclaimed >= 1024 * 1024, `${dangling.SpaceReclaimed}`);
  t.equal(cachedSteps((await build(big)).text), 1, 'what an image stands on stays');
  await prune({ all: '1' });
  t.equal(cachedSteps((await build(big)).text), 0);
  t.match(await prune({ all: '1', filters: JSON.stringify({ type: ['exec.cachemount'] }) }), {
    CachesDeleted: [String],
  });
  t.same(leftovers(skiffd), []);
});

t.test('cache from images alone', { skip }, async (t) => {
  const { build } = one as Fixture;
  const dockerfile = 'FROM base:1\nENV FOO=bar\nRUN touch baz\nRUN --mount=target=/m touch bax';
  await build(dockerfile, { query: { t: 'one' } });
  const from = async (name: string, text = dockerfile) =>
    cachedSteps((await build(text, { query: { cachefrom: JSON.stringify([name]) } })).text);
  t.equal(await from('one'), 3);
  t.equal(await from('nosuchtag'), 0, 'what the client did not name is not used');
  await build('FROM base:1\nENV FOO=baz', { query: { t: 'two' } });
  t.equal(await from('two'), 0);
  t.equal(await from('two', 'FROM base:1\nENV FOO=baz\nRUN touch x'), 1);
});

t.test('cache from an image', { skip }, async (t) => {
  const [from, to] = [one as Fixture, two as Fixture];
  const dockerfile = 'FROM base:1\nENV A=1\nCOPY f /f\nRUN date +%N > /now';
  const built = await from.build(dockerfile, { files: { f: 'from' }, query: { t: 'from:1' } });
  for (const name of ['base:1', 'from:1']) {
    t.match(await load(to, await from.engine.save(name)), { body: /Loaded image/ });
  }
  const query = { cachefrom: JSON.stringify(['from:1']), t: 'again' };
  const again = await to.build(dockerfile, { files: { f: 'from' }, query });
  t.equal(cachedSteps(again.text), 3);
  t.equal(again.id, built.id);
});

async function load({ skiffd }: Fixture, archive: NodeJS.ReadableStream) {
  return new Promise<{ body: string }>((resolve, reject) => {
    const asked = httpRequest(
      { socketPath: skiffd.socket, method: 'POST', path: '/images/load' },
      async (answer) => {
        let body = '';
        for await (const chunk of answer) body += chunk;
        resolve({ body });
      },
    );
    archive.pipe(asked.on('error', reject));
  });
}
