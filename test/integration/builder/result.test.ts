/** What a build does besides images: order of output, failures, squashing, parameters; and reproducible images. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { call } from '../../harness/api.ts';
import { requires } from '../../harness/requires.ts';
import { overlaid, readImage } from './archive.ts';
import { baseRootfs, type Query } from './engine.ts';
import { type Fixture, leftovers, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

const shared = skip ? undefined : await openFixture(t);

t.test('builds', { skip }, async (t) => {
  const { skiffd, engine, build } = shared as Fixture;

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

  await t.test('who listens is told of the image, named or not', async (t) => {
    const since = Date.now() / 1000;
    const named = await build('FROM base:1\nENV A=told', { query: { t: 'told:1' } });
    const nameless = await build('FROM base:1\nENV A=nameless');
    t.same([named.error, nameless.error], [undefined, undefined]);
    const filters = JSON.stringify({ type: ['image'] });
    const query = new URLSearchParams({ since: String(since), until: String(Date.now() / 1000), filters });
    const { body } = await call(skiffd.socket, 'GET', `/events?${query}`);
    const events = body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    t.match(events, [
      { Action: 'create', Actor: { ID: /^sha256:/, Attributes: { name: /^sha256:/ } } },
      { Action: 'tag', Actor: { Attributes: { name: /told:1$/ } } },
      { Action: 'create' },
    ]);
    t.equal(events.length, 3);
  });

  await t.test('quiet', async (t) => {
    const built = await build('FROM base:1\nRUN echo hello', { query: { q: '1' } });
    t.match(built.text, /^sha256:[0-9a-f]{64}\n$/);
    const failed = await build('FROM base:1\nRUN echo why; exit 1', { query: { q: '1' } });
    t.match(failed, { text: /why/, error: /non-zero code: 1/ });
  });

  await t.test('parameters', async (t) => {
    const limited = await build(
      'FROM base:1\nRUN cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2> /dev/null; mount | grep /dev/shm; grep extra /etc/hosts; sh -c "ulimit -n"; grep -E "Cpus_allowed_list|NoNewPrivs" /proc/self/status; cat /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2> /dev/null',
      {
        query: {
          memory: '67108864',
          shmsize: '1048576',
          extrahosts: ['extra:10.1.2.3', 'extra2:10.1.2.4'],
          securityopt: 'no-new-privileges',
          cpusetcpus: '0',
          cpushares: '512',
          cpuperiod: '100000',
          cpuquota: '50000',
          ulimits: JSON.stringify([{ Name: 'nofile', Soft: 123, Hard: 456 }]),
        },
      },
    );
    t.match(limited.text, /67108864/);
    t.match(limited.text, /size=1024k/);
    t.match(limited.text, /10\.1\.2\.3\textra\n10\.1\.2\.4\textra2\n/);
    t.match(limited.text, /Cpus_allowed_list:\t0\n/);
    t.match(limited.text, /NoNewPrivs:\t1\n/);
    t.match(limited.text, /^512\n50000$|^50000 100000$/m);
    t.match(limited.text, /^123$/m);
    const refused: [Query, RegExp][] = [
      [{ buildargs: '[1]' }, /error reading build args/],
      [{ buildargs: '{"a":1}' }, /error reading build args/],
      [{ labels: '{' }, /error reading labels/],
      [{ ulimits: '[{}]' }, /error reading ulimit settings/],
      [{ cachefrom: '{}' }, /error reading cache-from/],
      [{ outputs: '[{"Type":"else"}]' }, /unknown type of output: "else"/],
      [{ outputs: '[{"Type":"tar"}]' }, /an output of type tar needs a build session/],
      [{ isolation: 'none' }, /unsupported isolation: "none"/],
      [{ isolation: 'hyperv' }, /invalid isolation "hyperv" on linux/],
      [{ version: '3' }, /invalid version: "3"/],
      [{ platform: 'plan/9/from/outer' }, /cannot parse platform specifier/],
      [{ dockerfile: 'none' }, /Cannot locate specified Dockerfile: none/],
      [{ remote: 'ftp://x' }, /remote URL could not be parsed/],
      [{ memory: 'much' }, /invalid value of the build parameter memory/],
      [{ t: 'UPPER' }, /repository name must be lowercase/],
      [{ t: `a@sha256:${'0'.repeat(64)}` }, /build tag cannot contain a digest/],
      [{ session: 'not-open' }, /no such build session/],
      [{ version: '2' }, /BuildKit is not served/],
    ];
    for (const [query, message] of refused) {
      const built = await build('FROM base:1\nRUN true', { query });
      t.equal(built.status, query.version === '2' ? 501 : 400, JSON.stringify(query));
      t.match(built.error, message);
    }
    const empty = await call(skiffd.socket, 'POST', '/build?remote=');
    t.equal(empty.status, 400, 'no body');
    t.match(empty.body, /Cannot locate specified Dockerfile: Dockerfile/);
    const failing: [Query, RegExp][] = [
      [{ networkmode: 'nothing' }, /network nothing not found/],
      [{ networkmode: 'container:nobody' }, /No such container: nobody/],
      [{ securityopt: 'what=ever' }, /invalid --security-opt 2: "what=ever"/],
    ];
    for (const [query, message] of failing) {
      t.match((await build('FROM base:1\nRUN true', { query: { ...query, nocache: '1' } })).error, message);
    }
    await build('FROM base:1\nLABEL a=1', { query: { t: 'named:1' } });
    t.match(await engine.json('GET', '/images/named:1/json'), { RepoTags: ['named:1'] });
  });
});

t.test('networks of steps', { skip }, async (t) => {
  const { engine, build } = shared as Fixture;
  await engine.json('POST', '/networks/create', { Name: 'own' });
  const serve = ['nc', '-ll', '-p', '99', '-e', 'echo', 'served'];
  const peer = { Image: 'base:1', Cmd: serve, HostConfig: { NetworkMode: 'own', Init: true } };
  await engine.json('POST', '/containers/create?name=peer', peer);
  await engine.json('POST', '/containers/peer/start');
  const rows: [networkmode: string, flag: string, command: string][] = [
    ['default', '', 'ip -4 addr show eth0 && ip route | grep default'],
    ['bridge', '', 'ip -4 addr show eth0'],
    ['own', '', 'nc peer 99 | grep served'],
    ['container:peer', '', 'nc 127.0.0.1 99 | grep served'],
    ['none', '', '! ip -4 addr show eth0 2> /dev/null'],
    ['own', '--network=none', '! ip -4 addr show eth0 2> /dev/null'],
    ['host', '', 'ip -4 addr show lo && test "$(hostname)" != peer'],
    ['default', '--network=host', '! ip -4 addr show eth0 2> /dev/null || ip link | grep -v @'],
  ];
  for (const [networkmode, flag, command] of rows) {
    const built = await build(`FROM base:1\nRUN ${flag} ${command}`, {
      query: { networkmode, nocache: '1', allow: flag === '--network=host' ? 'network.host' : undefined },
    });
    t.equal(built.error, undefined, `${networkmode} ${flag}: ${built.text}`);
  }
});

t.test('what is the host’s, only by leave of the client', { skip }, async (t) => {
  const { build } = shared as Fixture;
  const insecure = 'FROM base:1\nRUN --security=insecure grep -q "^CapEff:.*1ff" /proc/self/status';
  t.match(await build(insecure), { error: 'security.insecure is not allowed' });
  t.match(await build(insecure, { query: { allow: 'network.host' } }), { error: /security.insecure/ });
  t.match(await build(insecure, { query: { allow: ['network.host', 'security.insecure'] } }), {
    error: undefined,
  });
  t.match(await build(insecure), { error: 'security.insecure is not allowed' }, 'nor from the cache');
  const network = 'FROM base:1\nRUN --network=host true';
  t.match(await build(network), { error: 'network.host is not allowed' });
  t.match(await build(network, { query: { networkmode: 'host' } }), { error: undefined });
  t.match(await build(network, { query: { allow: 'all' } }), {
    status: 400,
    error: 'invalid entitlement: all',
  });
});

t.test('reproducible: one epoch, one digest', { skip }, async (t) => {
  const dockerfile = [
    'FROM scratch AS a',
    'ADD rootfs.tar /',
    'RUN mkdir /d && echo x > /d/x && touch -d @99 /d/old',
    'FROM a',
    'WORKDIR /w',
    'COPY --from=a /d /e',
    'COPY --from=a --link --chown=user /d /linked/deep/',
    'COPY <<one <<two /heredocs/\n1\none\n2\ntwo',
    'RUN <<script\nln /e/x /e/hard\nmkfifo /e/p 2> /dev/null || true\nscript',
    'ADD archive.tar.gz /unpacked/',
    'ADD f /f',
    'CMD ["x"]',
  ].join('\n');
  const query = { buildargs: JSON.stringify({ SOURCE_DATE_EPOCH: '1700000000' }), t: 'repro' };
  const results = [];
  for (const { engine, build, skiffd } of [shared as Fixture, await openFixture(t)]) {
    const archive = gzipSync(tarOf({ 'in/': '', 'in/f': 'in an archive' }));
    const files = { f: 'x', 'rootfs.tar': baseRootfs(), 'archive.tar.gz': archive };
    const built = await build(dockerfile, { files, query });
    t.equal(built.error, undefined);
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
