/** What a build does besides images: order of output, failures, squashing, parameters; and reproducible images. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { requires } from '../../harness/requires.ts';
import { overlaid, readImage } from './archive.ts';
import { baseRootfs, type Query } from './engine.ts';
import { leftovers, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

t.test('builds', { skip }, async (t) => {
  const { skiffd, engine, build } = await openFixture(t);

  await t.test('squash', async (t) => {
    const dockerfile =
      'FROM base:1\nRUN mkdir /d && echo 1 > /d/a && echo 2 > /d/b && echo 3 > /gone\nRUN rm /gone /d/a /etc/group && echo 4 > /d/b && ln /d/b /d/c\nENV A=1\nRUN rm -r /d && mkdir /d && echo 5 > /d/e';
    t.match(await build(dockerfile, { query: { t: 'squashed', squash: '1' } }), { error: undefined });
    const { document, layers } = await readImage(await engine.save('squashed'));
    t.equal(layers.length, 2, 'the base and one');
    t.same(overlaid(layers.slice(1)), {
      'd/': 'd 755 0:0',
      'd/e': 'f 644 0:0 5\n',
      'etc/': 'd 755 0:0',
      'etc/group': 'gone',
      gone: 'gone',
    });
    t.same(
      document.history?.slice(1).map(({ empty_layer }) => empty_layer ?? false),
      [true, true, true, true, false],
    );
    t.match(document.history?.at(-1)?.comment, /^merge sha256:[0-9a-f]{64} to sha256:/);
  });

  await t.test('stages side by side are heard one after the other', async (t) => {
    const stage = (name: string) =>
      `FROM base:1 AS ${name}\nRUN sleep 4; echo ${name} speaks; echo ${name} > /${name}`;
    const dockerfile = `${stage('a')}\n${stage('b')}\nFROM base:1\nCOPY --from=a /a /\nCOPY --from=b /b /`;
    const began = performance.now();
    const built = await build(dockerfile);
    const took = performance.now() - began;
    t.equal(built.error, undefined);
    t.ok(took < 7900, `side by side: ${Math.round(took)} ms`);
    t.match(built.text, /Step 2\/7[\s\S]*a speaks[\s\S]*Step 3\/7[\s\S]*b speaks[\s\S]*Step 5\/7/);
    const notes = built.messages.flatMap(({ step }) => step ?? []);
    t.same(
      notes.filter(({ state }) => state === 'started').map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7],
    );
  });

  await t.test('a stage that fails ends the others', async (t) => {
    const dockerfile =
      'FROM base:1 AS slow\nRUN sleep 60\nFROM base:1 AS bad\nRUN exit 3\nFROM base:1\nCOPY --from=slow / /\nCOPY --from=bad / /';
    const began = performance.now();
    const built = await build(dockerfile);
    t.match(built, { error: "The command '/bin/sh -c exit 3' returned a non-zero code: 3" });
    t.match(built.messages.at(-1)?.errorDetail, { code: 3 });
    t.ok(performance.now() - began < 20_000);
    t.same(leftovers(skiffd), []);
  });

  await t.test('quiet', async (t) => {
    const built = await build('FROM base:1\nRUN echo hello', { query: { q: '1' } });
    t.match(built.text, /^sha256:[0-9a-f]{64}\n$/);
    const failed = await build('FROM base:1\nRUN echo why; exit 1', { query: { q: '1' } });
    t.match(failed, { text: /why/, error: /non-zero code: 1/ });
  });

  await t.test('parameters', async (t) => {
    const limited = await build(
      'FROM base:1\nRUN cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2> /dev/null; df -k /dev/shm 2> /dev/null | tail -1; grep extra /etc/hosts; sh -c "ulimit -n"',
      {
        query: {
          memory: '67108864',
          shmsize: '1048576',
          extrahosts: 'extra:10.1.2.3',
          ulimits: JSON.stringify([{ Name: 'nofile', Soft: 123, Hard: 456 }]),
        },
      },
    );
    t.match(limited.text, /67108864/);
    t.match(limited.text, /10\.1\.2\.3\textra/);
    t.match(limited.text, /^123$/m);
    const refused: [Query, RegExp][] = [
      [{ buildargs: '[1]' }, /invalid value of the build parameter buildargs/],
      [{ labels: '{' }, /invalid value of the build parameter labels/],
      [{ memory: 'much' }, /invalid value of the build parameter memory/],
      [{ t: 'UPPER' }, /repository name must be lowercase/],
      [{ t: `a@sha256:${'0'.repeat(64)}` }, /build tag cannot contain a digest/],
      [{ session: 'not-open' }, /no such build session/],
      [{ version: '2' }, /BuildKit is not served/],
    ];
    for (const [query, message] of refused) {
      const built = await build('FROM base:1', { query });
      t.equal(built.status, query.version ? 501 : 400, JSON.stringify(query));
      t.match(built.error, message);
    }
    await build('FROM base:1\nLABEL a=1', { query: { t: 'named:1' } });
    t.match(await engine.json('GET', '/images/named:1/json'), { RepoTags: ['named:1'] });
  });
});

t.test('reproducible: one epoch, one digest', { skip }, async (t) => {
  const dockerfile =
    'FROM scratch AS a\nADD rootfs.tar /\nRUN mkdir /d && echo x > /d/x && touch -d @99 /d/old\nFROM a\nWORKDIR /w\nCOPY --from=a /d /e\nADD f /f\nCMD ["x"]';
  const query = { buildargs: JSON.stringify({ SOURCE_DATE_EPOCH: '1700000000' }), t: 'repro' };
  const results = [];
  for (let round = 0; round < 2; round++) {
    const { engine, build, skiffd } = await openFixture(t);
    const built = await build(dockerfile, { files: { f: 'x', 'rootfs.tar': baseRootfs() }, query });
    const [image] = await engine.json<{ Id: string; Created: string }[]>(
      'GET',
      '/images/json?filters={"reference":["repro"]}',
    );
    results.push(built.id);
    t.equal(image?.Created, 1700000000);
    t.notMatch(built.text, /not consumed/);
    await skiffd.stop();
    await skiffd.start();
    await sleep(1100);
  }
  t.equal(results[0], results[1]);
});
