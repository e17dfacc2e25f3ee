/** What a build does besides images: caching, contexts of all kinds, what the client hands out, and how it ends. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { requires } from '../../harness/requires.ts';
import { type Skiffd, startSkiffd } from '../../harness/skiffd.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { overlaid, readImage } from './archive.ts';
import { baseRootfs, Engine, type Query } from './engine.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

interface Fixture {
  skiffd: Skiffd;
  engine: Engine;
  /** Without a network; the Dockerfile is one of the files. */
  build(
    dockerfile: string,
    more?: { files?: Parameters<typeof tarOf>[0]; query?: Query },
  ): ReturnType<Engine['build']>;
}

async function open(t: Test): Promise<Fixture> {
  const skiffd = await startSkiffd();
  const engine = new Engine(skiffd.socket);
  t.teardown(() => skiffd.close());
  t.teardown(() => engine.close());
  await engine.import(baseRootfs(), 'base', '1');
  return {
    skiffd,
    engine,
    build: (dockerfile, { files = {}, query = {} } = {}) =>
      engine.build(tarOf({ Dockerfile: dockerfile, ...files }), { networkmode: 'none', ...query }),
  };
}

const cachedSteps = (text: string) => text.match(/ ---> Using cache/g)?.length ?? 0;

/** Nothing is left of steps, contexts and secrets. */
function leftovers({ dataRoot, execRoot }: Skiffd): string[] {
  const folders = [join(dataRoot, 'build/trees'), join(dataRoot, 'build/scratch'), join(execRoot, 'build')];
  const bundles = join(execRoot, 'bundles');
  return [...folders, bundles].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
}

t.test('cache', { skip }, async (t) => {
  const { skiffd, engine, build } = await open(t);
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
    t.ok(median < 150, `${Math.round(median)} ms`);
  });
  t.same(leftovers(skiffd), []);
});

t.test('prune', { skip }, async (t) => {
  const { skiffd, engine, build } = await open(t);
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
  t.match(await prune({ all: '1', dryRun: '1' }), { SpaceReclaimed: Number });
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

t.test('cache from an image', { skip }, async (t) => {
  const [one, two] = [await open(t), await open(t)];
  const dockerfile = 'FROM base:1\nENV A=1\nCOPY f /f\nRUN date +%N > /now';
  const built = await one.build(dockerfile, { files: { f: 'x' }, query: { t: 'from:1' } });
  for (const name of ['base:1', 'from:1']) {
    t.match(await load(two, await one.engine.save(name)), { body: /Loaded image/ });
  }
  const query = { cachefrom: JSON.stringify(['from:1']), t: 'again' };
  const again = await two.build(dockerfile, { files: { f: 'x' }, query });
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

t.test('contexts', { skip }, async (t) => {
  const { skiffd, engine } = await open(t);
  const files = {
    Dockerfile: 'FROM base:1\nCOPY . /c/',
    f: 'file\n',
    '.dockerignore': 'Dockerfile\n.dockerignore\n*.log\n',
    'x.log': 'log',
  };
  const tree = async (query: Query, body: Buffer = Buffer.alloc(0)) => {
    const built = await engine.build(body, { networkmode: 'none', t: 'ctx', ...query });
    if (built.error) throw new Error(built.error);
    return overlaid((await readImage(await engine.save('ctx'))).layers.slice(1));
  };
  const sent = { 'c/': 'd 755 0:0', 'c/f': 'f 644 0:0 file\n', 'c/x.log': 'f 644 0:0 log' };
  const fetched = { 'c/': 'd 755 0:0', 'c/f': 'f 644 0:0 file\n' };
  const tar = tarOf(files);

  const dir = t.testdir();
  const pack = (flag: string) => {
    writeFileSync(join(dir, 'c.tar'), tar);
    return execFileSync(flag, ['-c', join(dir, 'c.tar')]);
  };
  for (const [name, body] of Object.entries({
    plain: tar,
    gzip: gzipSync(tar),
    zstd: zstdCompressSync(tar),
    bzip2: pack('bzip2'),
    xz: pack('xz'),
  })) {
    t.same(await tree({}, body), sent, name);
  }
  t.match(
    await engine.build(Buffer.from('this is no archive, but long enough to be read as a block'.repeat(20))),
    { error: /error reading the build context/ },
  );

  const web = createServer((request, answer) => {
    if (request.url === '/Dockerfile') answer.end('FROM base:1\nRUN echo lone > /lone');
    else if (request.url === '/c.tgz') answer.end(gzipSync(tar));
    else if (request.url === '/file')
      answer.setHeader('last-modified', 'Thu, 01 Jan 2026 00:00:00 GMT').end('from the web\n');
    else answer.writeHead(404).end();
  });
  await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
  t.teardown(() => web.close());
  const base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  t.same(await tree({ remote: `${base}/c.tgz` }), fetched, 'a tarball by URL, with its ignore file');
  t.same(await tree({ remote: `${base}/Dockerfile` }), { lone: 'f 644 0:0 lone\n' }, 'a Dockerfile by URL');
  await t.rejects(tree({ remote: `${base}/gone` }), {
    message: /failed to GET http:.*\/gone with status 404/,
  });

  const repository = join(dir, 'r.git');
  mkdirSync(join(repository, 'app'), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(repository, 'app', name), content);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t.test', ...args]);
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'one');
  git('branch', 'old');
  writeFileSync(join(repository, 'app/f'), 'newer\n');
  git('commit', '-qam', 'two');
  t.same(
    await tree({ remote: `file://${repository}#old:app` }),
    fetched,
    'a branch and a directory of a repository',
  );
  t.match(await tree({ remote: `file://${repository}#:app` }), { 'c/f': 'f 644 0:0 newer\n' });
  await t.rejects(tree({ remote: `file://${repository}#nobranch` }), {
    message: /failed to fetch the git context/,
  });
  await t.rejects(tree({ remote: `file://${repository}#-x` }), { message: /invalid git ref/ });

  const add = (line: string) => tree({}, tarOf({ Dockerfile: `FROM base:1\n${line}` }));
  const sum = execFileSync('sha256sum', { input: 'from the web\n' }).toString().slice(0, 64);
  t.same(await add(`ADD ${base}/file /w/`), { 'w/': 'd 755 0:0', 'w/file': 'f 600 0:0 from the web\n' });
  t.same(await add(`ADD --checksum=sha256:${sum} --chmod=644 ${base}/file /w`), {
    w: 'f 644 0:0 from the web\n',
  });
  await t.rejects(add(`ADD --checksum=sha256:${'0'.repeat(64)} ${base}/file /w`), {
    message: /digest mismatch/,
  });
  t.same(await add(`ADD --unpack=true ${base}/c.tgz /u/`).then(Object.keys), [
    'u/',
    'u/.dockerignore',
    'u/Dockerfile',
    'u/f',
    'u/x.log',
  ]);
  t.match(await add(`ADD file://${repository}#old:app /g/`), { 'g/f': 'f 644 0:0 file\n' });
  t.same(leftovers(skiffd), []);
});

t.test('a link in the context cannot lead out of it', { skip }, async (t) => {
  const { engine } = await open(t);
  const build = (files: Parameters<typeof tarOf>[0], query?: Query) =>
    engine.build(tarOf(files), { networkmode: 'none', ...query });
  t.match(await build({ Dockerfile: { linkname: '/etc/passwd' } }), {
    error: /Cannot locate specified Dockerfile/,
  });
  t.match(await build({ Dockerfile: 'FROM base:1\nCOPY l /l', l: { linkname: '/etc/hostname' } }), {
    error: /file does not exist/,
  });
  t.match(await build({ 'd/Dockerfile': 'x' }, { dockerfile: '../../etc/passwd' }), {
    error: /Cannot locate specified Dockerfile/,
  });
  t.match(await build({ l: { linkname: '../../..' }, 'l/x': 'x', Dockerfile: 'FROM base:1' }), {
    error: undefined,
  });
});

t.test('reproducible: one epoch, one digest', { skip }, async (t) => {
  const dockerfile =
    'FROM scratch AS a\nADD rootfs.tar /\nRUN mkdir /d && echo x > /d/x && touch -d @99 /d/old\nFROM a\nWORKDIR /w\nCOPY --from=a /d /e\nADD f /f\nCMD ["x"]';
  const query = { buildargs: JSON.stringify({ SOURCE_DATE_EPOCH: '1700000000' }), t: 'repro' };
  const results = [];
  for (let round = 0; round < 2; round++) {
    const { engine, build, skiffd } = await open(t);
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

t.test('squash', { skip }, async (t) => {
  const { engine, build } = await open(t);
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

t.test('stages side by side are heard one after the other', { skip }, async (t) => {
  const { build } = await open(t);
  const stage = (name: string) =>
    `FROM base:1 AS ${name}\nRUN sleep 2; echo ${name} speaks; echo ${name} > /${name}`;
  const dockerfile = `${stage('a')}\n${stage('b')}\nFROM base:1\nCOPY --from=a /a /\nCOPY --from=b /b /`;
  const began = performance.now();
  const built = await build(dockerfile);
  const took = performance.now() - began;
  t.equal(built.error, undefined);
  t.ok(took < 3900, `side by side: ${Math.round(took)} ms`);
  t.match(built.text, /Step 2\/7[\s\S]*a speaks[\s\S]*Step 3\/7[\s\S]*b speaks[\s\S]*Step 5\/7/);
  const notes = built.messages.flatMap(({ step }) => step ?? []);
  t.same(
    notes.filter(({ state }) => state === 'started').map(({ number }) => number),
    [1, 2, 3, 4, 5, 6, 7],
  );
});

t.test('a stage that fails ends the others', { skip }, async (t) => {
  const { skiffd, build } = await open(t);
  const dockerfile =
    'FROM base:1 AS slow\nRUN sleep 60\nFROM base:1 AS bad\nRUN exit 3\nFROM base:1\nCOPY --from=slow / /\nCOPY --from=bad / /';
  const began = performance.now();
  const built = await build(dockerfile);
  t.match(built, { error: "The command '/bin/sh -c exit 3' returned a non-zero code: 3" });
  t.match(built.messages.at(-1)?.errorDetail, { code: 3 });
  t.ok(performance.now() - began < 20_000);
  t.same(leftovers(skiffd), []);
});

t.test('cancelled', { skip }, async (t) => {
  const { skiffd, engine } = await open(t);
  const sleeping = () => execFileSync('sh', ['-c', 'pgrep -fx "sleep 54321" || true']).toString().trim();
  const context = tarOf({ Dockerfile: 'FROM base:1\nRUN sleep 54321' });

  await t.test('by a client that hangs up', async (t) => {
    const gone = new AbortController();
    const build = engine
      .build(context, { networkmode: 'none' }, gone.signal)
      .catch((error: Error) => error.name);
    await waitUntil('the step runs', () => sleeping() !== '', { timeout: 20_000 });
    gone.abort();
    t.equal(await build, 'AbortError');
    await waitUntil('nothing is left', () => sleeping() === '' && leftovers(skiffd).length === 0, {
      timeout: 20_000,
    });
  });
  await t.test('by its id', async (t) => {
    const other = new Engine(skiffd.socket);
    t.teardown(() => other.close());
    const build = engine.build(context, { networkmode: 'none', buildid: 'mine' });
    await waitUntil('the step runs', () => sleeping() !== '', { timeout: 20_000 });
    await other.json('POST', '/build/cancel?id=mine');
    t.match(await build, { error: /cancelled/ });
    t.equal(sleeping(), '');
    await t.rejects(other.json('POST', '/build/cancel?id=mine'), { message: /404/ });
  });
  await t.test('with the daemon: the next one ends what ran', async (t) => {
    engine.build(context, { networkmode: 'none' }).catch(() => {});
    await waitUntil('the step runs', () => sleeping() !== '', { timeout: 20_000 });
    await skiffd.crash();
    await skiffd.start();
    t.equal(sleeping(), '');
    t.same(leftovers(skiffd), []);
  });
});

t.test('quiet', { skip }, async (t) => {
  const { build } = await open(t);
  const built = await build('FROM base:1\nRUN echo hello', { query: { q: '1' } });
  t.match(built.text, /^sha256:[0-9a-f]{64}\n$/);
  const failed = await build('FROM base:1\nRUN echo why; exit 1', { query: { q: '1' } });
  t.match(failed, { text: /why/, error: /non-zero code: 1/ });
});

t.test('parameters', { skip }, async (t) => {
  const { build, engine } = await open(t);
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
  ];
  for (const [query, message] of refused) {
    const built = await build('FROM base:1', { query });
    t.equal(built.status, 400, JSON.stringify(query));
    t.match(built.error, message);
  }
  await build('FROM base:1\nLABEL a=1', { query: { t: 'named:1' } });
  t.match(await engine.json('GET', '/images/named:1/json'), { RepoTags: ['named:1'] });
});

t.test("what is the client's", { skip }, async (t) => {
  const { skiffd, build, engine } = await open(t);
  const session = await clientSession(t, skiffd, 'session-0001');
  const query = { session: 'session-0001', t: 'secret' };

  await t.test('secrets', async (t) => {
    const dockerfile = [
      'FROM base:1',
      'RUN --mount=type=secret,id=token cat /run/secrets/token; stat -c "%a %u" /run/secrets/token; mount | grep -c "/run/secrets/token.*tmpfs"',
      'RUN --mount=type=secret,id=token,target=/t,mode=0444,uid=7 stat -c "%a %u" /t',
      'RUN --mount=type=secret,id=token,env=TOKEN echo "env $TOKEN"; test ! -e /run/secrets/token',
      'RUN --mount=type=secret,id=absent test ! -e /run/secrets/absent',
    ].join('\n');
    const built = await build(dockerfile, { query });
    t.equal(built.error, undefined, built.text);
    t.match(built.text, /s3cret/);
    t.match(built.text, /400 0\n1\n[\s\S]*444 7\n[\s\S]*env s3cret/);
    const { layers, document } = await readImage(await engine.save('secret'));
    t.same(overlaid(layers.slice(1)), {}, 'no trace in the files');
    t.notMatch(JSON.stringify(document), /s3cret/, 'nor in the config');
    session.value = 'other';
    t.equal(cachedSteps((await build(dockerfile, { query })).text), 4, 'the value is no part of the cache');
  });
  await t.test('the SSH agent', async (t) => {
    const building = build(
      'FROM base:1\nRUN --mount=type=ssh echo "$SSH_AUTH_SOCK"; test -S "$SSH_AUTH_SOCK" && sleep 3',
      {
        query: { ...query, nocache: '1' },
      },
    );
    const sockets = () => globSync(join(skiffd.execRoot, 'build/*/agent'));
    await waitUntil('the socket is there', () => sockets().length === 1, { timeout: 20_000 });
    const agent = connect(sockets()[0] ?? '');
    agent.write('hello agent\n');
    t.equal(await text(agent), 'agent says hi\n');
    t.equal(session.agentHeard, 'hello agent\n');
    const built = await building;
    t.match(built, { error: undefined, text: /\/run\/buildkit\/ssh_agent\.0/ });
    const without = await build('FROM base:1\nRUN --mount=type=ssh,required true');
    t.match(without, { error: /unset ssh forward key default/ });
  });
  t.same(leftovers(skiffd), []);
});

/** What our own client does: it takes a connection over and serves HTTP/2 on it. */
async function clientSession(t: Test, { socket }: Skiffd, id: string) {
  const state = { value: 's3cret', agentHeard: '' };
  const server = createHttp2Server();
  server.on('stream', (stream, headers) => {
    const path = headers[':path'];
    if (path === '/secrets/token') {
      stream.respond({ ':status': 200 });
      stream.end(state.value);
    } else if (path === '/ssh/default') {
      stream.respond({ ':status': 200 });
      stream.on('data', (chunk) => {
        state.agentHeard += chunk;
        stream.end('agent says hi\n');
      });
      stream.on('error', () => {});
    } else stream.respond({ ':status': 404 }, { endStream: true });
  });
  const connection = await new Promise<Socket>((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'tcp', 'X-Skiff-Session': id };
    const asked = httpRequest({ socketPath: socket, method: 'POST', path: '/build/session', headers });
    asked.on('upgrade', (_answer, taken) => resolve(taken)).on('error', reject);
    asked.on('response', (answer) => reject(new Error(`status ${answer.statusCode}`)));
    asked.end();
  });
  server.emit('connection', connection);
  t.teardown(() => connection.destroy());
  return state;
}
