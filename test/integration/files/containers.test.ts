/** Files of containers over the API: running and stopped, with volumes, read-only; nothing stays mounted. */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type Docker from 'dockerode';
import t from 'tap';
import { INIT_LAYER } from '../../../src/image/snapshots/init-layer.ts';
import { encodeEntry } from '../../../src/image/tar/encode.ts';
import { TarReader } from '../../../src/image/tar/reader.ts';
import { mountsBelow } from '../../../src/kernel/mount-table.ts';
import { call } from '../../harness/api.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { dockerode, refusal } from '../../harness/client.ts';
import { requires } from '../../harness/requires.ts';
import { startSkiffd } from '../../harness/skiffd.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { fingerprint } from '../image/tree.ts';
import { type Archive, archive, entries, facts, tarEntry } from './archives.ts';

const packedBy = (program: string) => (bytes: Buffer) => execFileSync(program, ['-c'], { input: bytes });

const skip = requires('root', 'runc', 'conmon', 'overlay');
if (skip) t.pass('files of containers', { skip });
else {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  await docker.loadImage(createReadStream(await builtinImage())).then((answer) => text(answer as Readable));

  const create = (script: string, options: Partial<Docker.ContainerCreateOptions> = {}) =>
    docker.createContainer({
      Image: 'busybox',
      Cmd: ['sh', '-c', script],
      ...options,
      HostConfig: { NetworkMode: 'none', ...options.HostConfig },
    });
  /** Started, and `script` carried out. */
  const running = async (script: string, options?: Partial<Docker.ContainerCreateOptions>) => {
    const container = await create(`${script}; touch /ready; exec sleep 1000`, options);
    await container.start();
    while (!(await exists(container, '/ready'))) await new Promise((resolve) => setTimeout(resolve, 20));
    return container;
  };
  const exists = (container: Docker.Container, path: string) =>
    container.infoArchive({ path }).then(
      () => true,
      () => false,
    );
  const stat = async (container: Docker.Container, path: string) => {
    const answer = (await container.infoArchive({ path })) as unknown as { headers: Record<string, string> };
    const header = answer.headers['x-docker-container-path-stat'] ?? '';
    return JSON.parse(Buffer.from(header, 'base64').toString());
  };
  const get = async (container: Docker.Container, path: string) =>
    entries(await buffer(await container.getArchive({ path })));
  const put = (container: Docker.Container, path: string, files: Archive, options: object = {}) =>
    container.putArchive(archive(files), { path, ...options });
  const changes = async (container: Docker.Container) =>
    ((await container.changes()) as { Path: string; Kind: number }[]).map(
      ({ Path, Kind }) => `${Kind} ${Path}`,
    );

  /** Made with each container, and so of another time in each. */
  const withoutInitLayer = (found: unknown[][]) =>
    found.filter(([name]) => !INIT_LAYER.some(({ path }) => `${path}/`.startsWith(String(name))));

  t.test('stat, get and put, running and stopped', async (t) => {
    const script =
      'mkdir -p /other /data/sub; ln -s /other /link; cd /data; echo hi >f; ln f hard; ln -s /data/f abs; ln -s /data dl';
    const container = await running(script);
    const check = async (state: string) => {
      t.match(await stat(container, '/data/f'), { name: 'f', size: 3, linkTarget: '' }, state);
      t.match(await stat(container, '/data/dl'), { name: 'dl', linkTarget: '/data' });
      t.match(await stat(container, '/data/dl/'), { name: 'dl', linkTarget: '', mode: 2147484141 });
      const names = ['data/', 'data/abs', 'data/dl', 'data/f', 'data/hard', 'data/sub/'];
      t.strictSame(Object.keys(await get(container, '/data')), names);
      t.strictSame(Object.keys(await get(container, '/data/sub/.')), ['./']);
      t.strictSame(await get(container, '/data/f'), { f: 'hi\n' });
      const missing = await call(skiffd.socket, 'GET', `/containers/${container.id}/archive?path=/nope`);
      t.equal(missing.status, 404);
      t.match(JSON.parse(missing.body).message, `Could not find the file /nope in container ${container.id}`);
      t.match(await refusal(put(container, '/data/f', {})), {
        statusCode: 400,
        message: 'extraction point is not a directory',
      });
      t.match(await refusal(put(container, '/data', { sub: 'file' }, { noOverwriteDirNonDir: '1' })), {
        statusCode: 400,
        message: 'cannot overwrite directory "/data/sub" with non-directory "/data"',
      });
      await put(container, '/link', { 'new/file': state });
      t.strictSame(await get(container, '/other/new/file'), { file: state });
      await put(container, '/other', { new: 'not a directory any more' });
      await put(container, '/other', { 'new/': '' });
    };
    await check('running');
    await container.pause();
    await check('paused');
    await container.unpause();
    await container.stop({ t: 0 });
    await check('stopped');
    t.strictSame(mountsOfViews(skiffd.execRoot), [], 'nothing is mounted');
    await container.start();
    t.strictSame(await get(container, '/other/new'), { 'new/': '' });
  });

  t.test('the working directory is there before the first start', async (t) => {
    const base = await running(
      'mkdir /other; ln -s /../../other /link; ln -s nowhere /dangling; echo > /file',
    );
    await base.commit({ repo: 'linked' });
    const inside = (WorkingDir: string, options: Partial<Docker.ContainerCreateOptions> = {}) =>
      create('pwd; stat -c "%u %a" .', { Image: 'linked', WorkingDir, User: '1000', ...options });
    const fresh = await inside('/new/./deep/', { HostConfig: { ReadonlyRootfs: true } });
    t.equal((await fresh.inspect()).Config.WorkingDir, '/new/deep');
    t.strictSame(await changes(fresh), ['1 /new', '1 /new/deep']);
    await fresh.start();
    await fresh.wait();
    t.match((await fresh.logs({ stdout: true })).toString('latin1'), /\/new\/deep\n.*0 755\n/s);
    const linked = await inside('/link/in');
    await put(linked, '/other/in', { a: 'there' });
    t.strictSame(await get(linked, '/link/in/a'), { a: 'there' });
    t.strictSame(await changes(await inside('/other')), [], 'what the image has');
    const count = async () => (await docker.listContainers({ all: true })).length;
    const before = await count();
    for (const WorkingDir of ['/file', '/file/x', '/dangling']) {
      t.match(await refusal(inside(WorkingDir)), {
        statusCode: 400,
        message: `Cannot mkdir: ${WorkingDir} is not a directory`,
      });
    }
    t.match(await refusal(inside('/a\0b')), { statusCode: 400, message: /NUL byte/ });
    t.equal(await count(), before);
  });

  t.test('volumes, binds and what is read-only', async (t) => {
    const HostConfig = {
      ReadonlyRootfs: true,
      Binds: ['ro-volume:/ro:ro', 'rw-volume:/rw'],
      Tmpfs: { '/tmpfs': '' },
    };
    const container = await create('exec sleep 1000', { HostConfig });
    const check = async () => {
      t.match(await refusal(put(container, '/root', { a: '' })), {
        statusCode: 403,
        message: 'container rootfs is marked read-only',
      });
      t.match(await refusal(put(container, '/ro', { a: '' })), {
        statusCode: 403,
        message: 'mounted volume is marked read-only',
      });
      await put(container, '/rw', { a: 'in a volume' });
    };
    await check();
    t.equal(readFileSync(`${skiffd.dataRoot}/volumes/rw-volume/_data/a`, 'utf8'), 'in a volume');
    await container.start();
    await check();
    await put(container, '/tmpfs', { b: 'in memory' });
    t.strictSame(await get(container, '/tmpfs/b'), { b: 'in memory' });
    await container.stop({ t: 0 });
    t.strictSame(await get(container, '/rw/a'), { a: 'in a volume' });
  });

  t.test('a copied file belongs to the user of the container, if asked', async (t) => {
    const container = await create('true', { User: 'daemon-user' });
    await put(container, '/etc', { passwd: 'root:x:0:0::/:/bin/sh\ndaemon-user:x:123:45::/:/bin/sh\n' });
    await put(container, '/root', { mine: '' }, { copyUIDGID: '1' });
    const read = await buffer(await container.getArchive({ path: '/root/mine' }));
    const owners: number[] = [];
    new TarReader({ begin: ({ uid, gid }) => owners.push(uid, gid), data: () => {}, end: () => {} }).push(
      read,
    );
    t.strictSame(owners, [123, 45]);
  });

  t.test('an archive in each packing', async (t) => {
    const container = await create('true');
    const packings = { gzip: gzipSync, zstd: zstdCompressSync, bzip2: packedBy('bzip2'), xz: packedBy('xz') };
    for (const [name, pack] of Object.entries(packings)) {
      await container.putArchive(pack(archive({ [name]: name })), { path: '/tmp' });
      t.strictSame(await get(container, `/tmp/${name}`), { [name]: name });
    }
    const broken = packedBy('xz')(archive({ f: 'x'.repeat(100_000) })).subarray(0, 100);
    t.match(await refusal(container.putArchive(broken, { path: '/tmp' })), {
      statusCode: 400,
      message: 'the archive cannot be read: xz could not inflate the archive',
    });
  });

  t.test('what every container finds in its root', async (t) => {
    const link = await create('true');
    await put(link, '/', { 'etc/mtab': 'its own', '.dockerenv': 'its own' });
    await link.commit({ repo: 'own-places' });
    const container = await running('ls -l /.dockerenv /etc/mtab >/out', { Image: 'own-places' });
    t.match(
      await get(container, '/out'),
      { out: /-rw.* 7 .*dockerenv\n-rw.* 7 .*mtab\n/ },
      'as the image has it',
    );
    t.strictSame(await changes(container), ['1 /out', '1 /ready']);
    const plain = await running('rm /etc/mtab; ln -s /elsewhere /etc/mtab; echo written >/.dockerenv');
    const expected = ['1 /.dockerenv', '0 /etc', '1 /etc/mtab', '1 /ready'];
    t.strictSame(await changes(plain), expected, 'what was changed is told');
  });

  t.test('the files that say who it is and where names are, running and stopped', async (t) => {
    const container = await running('true', {
      Hostname: 'named',
      HostConfig: { ExtraHosts: ['other:1.2.3.4'] },
    });
    const check = async (state: string) => {
      t.equal((await get(container, '/etc/hostname')).hostname, 'named\n', state);
      t.match((await get(container, '/etc/hosts')).hosts, /^1\.2\.3\.4\tother$/m);
    };
    await check('running');
    await container.stop({ t: 0 });
    await check('stopped');
    t.notMatch((await changes(container)).join(' '), 'hosts', 'they are no changes of its own');
  });

  t.test('changes and export', async (t) => {
    const container = await running(
      'mkdir -p /new/sub; echo a >/new/sub/a; rm /etc/group; chmod 700 /home; touch /root/x; rm -r /var/www; echo >>/etc/profile',
      { HostConfig: { Binds: ['some-volume:/mounted'] } },
    );
    const expected = [
      ['0 /etc', '2 /etc/group', '0 /etc/profile', '0 /home', '1 /mounted'],
      ['1 /new', '1 /new/sub', '1 /new/sub/a', '1 /ready', '0 /root', '1 /root/x', '0 /var', '2 /var/www'],
    ].flat();
    t.strictSame(await changes(container), expected, 'what the engine made for itself is not told');
    const root = await entries(await buffer(await container.export()));
    t.match(root, { 'new/sub/a': 'a\n', 'proc/': '', 'sys/': '', 'dev/': '', 'mounted/': '' });
    t.match(root, { '.dockerenv': '', 'etc/mtab': '', 'etc/hosts': '' }, 'what Docker puts into every root');
    t.strictSame(
      Object.keys(root).filter((name) => /^(proc|sys|dev|mounted)\/./.test(name)),
      ['dev/console', 'dev/pts/', 'dev/shm/'],
      'mounts are empty',
    );
    t.notOk('etc/group' in root);
    await container.stop({ t: 0 });
    t.strictSame(await changes(container), expected);
    t.strictSame(
      Object.keys(entries(await buffer(await container.export()))),
      Object.keys(root),
      'stopped alike',
    );
  });

  t.test('the root of a running container is nowhere in the mount table of the host', async (t) => {
    const container = await running('echo below >/root/f', { HostConfig: { Binds: ['cover:/etc'] } });
    const bundle = join(skiffd.execRoot, 'bundles', container.id);
    await waitUntil('it is unmounted', () => mountsBelow(bundle).length === 0);
    const check = async () => {
      const root = entries(await buffer(await container.export()));
      t.match(
        root,
        { 'root/f': 'below\n', 'etc/': '', 'etc/passwd': /^root/ },
        'exported is what lies below a volume',
      );
    };
    await check();
    await skiffd.crash();
    await skiffd.start();
    await check();
    await container.restart({ t: 0 });
    t.match((await container.inspect()).State, { Running: true });
    await container.remove({ force: true });
    t.notOk(existsSync(bundle));
  });

  t.test('a directory that was replaced', async (t) => {
    const container = await running('rm -r /var; mkdir /var; touch /var/new; mkdir -p /root/sub');
    t.strictSame(await changes(container), [
      ...['1 /ready', '0 /root', '1 /root/sub', '0 /var', '1 /var/new', '2 /var/spool', '2 /var/www'],
    ]);
  });

  t.test('a committed container is the same tree again', async (t) => {
    const script = [
      'rm /etc/group; rm -r /var; mkdir -m 700 /var; chown 7:8 /var; echo x >/root/f; ln /root/f /root/g',
      'mkfifo /root/p; truncate -s 200M /root/sparse; touch -d "2001-02-03 04:05:06" /home; rm /ready',
    ];
    const container = await running(`${script.join('; ')}; touch /ready`);
    const { Id } = await container.commit({
      repo: 'again',
      tag: 'v1',
      comment: 'why',
      changes: 'CMD ["true"]',
    });
    t.match(await docker.getImage('again:v1').inspect(), { Id, Comment: 'why', Config: { Cmd: ['true'] } });
    const copy = await docker.createContainer({ Image: 'again:v1', HostConfig: { NetworkMode: 'none' } });
    const [before, after] = [await buffer(await container.export()), await buffer(await copy.export())];
    t.strictSame(withoutInitLayer(facts(after)), withoutInitLayer(facts(before)));
    t.ok(after.length < 10_000_000, 'a hole of 200 MB stays one');
    t.match((await container.inspect()).State, { Paused: false, Running: true });
    const [history] = (await docker.getImage('again:v1').history()) as { Comment: string; Size: number }[];
    t.match(history, { Comment: 'why' });
  });

  t.test('a container that changed nothing adds no layer', async (t) => {
    const container = await create('true');
    await container.start();
    await container.wait();
    const { Id } = await container.commit({ repo: 'same', tag: 'v1' });
    const [base, same] = await Promise.all(['busybox', Id].map((name) => docker.getImage(name).inspect()));
    t.strictSame(same?.RootFS, base?.RootFS);
    t.equal(
      (await docker.getImage(Id).history()).length,
      (await docker.getImage('busybox').history()).length + 1,
    );
  });

  t.test('a fresh volume begins as the image', async (t) => {
    const fresh = await create('true', {
      HostConfig: { Binds: ['v-etc:/etc', 'v-none:/etc-not:nocopy', 'v-no:/bin:nocopy'] },
    });
    t.match(await get(fresh, '/etc/passwd'), { passwd: /root/ });
    t.strictSame(Object.keys(await get(fresh, '/bin')), ['bin/']);
    const image = await create('true');
    const [inVolume, inImage] = await Promise.all(
      [fresh, image].map(async (container) =>
        withoutInitLayer(facts(await buffer(await container.getArchive({ path: '/etc' })))),
      ),
    );
    t.strictSame(inVolume, inImage, 'owners, modes, times');
    await put(fresh, '/etc', { passwd: 'changed' });
    const second = await create('true', { HostConfig: { Binds: ['v-etc:/etc'] } });
    t.strictSame(await get(second, '/etc/passwd'), { passwd: 'changed' }, 'only while it is empty');
  });

  t.test('a container that swaps a directory for a link to the host', async (t) => {
    const canary = t.testdir({ victim: 'host', 'secret-file': 'host' });
    const before = fingerprint(canary);
    const swap = 'mv -T /race /aside; mv -T /link /race; mv -T /race /link; mv -T /aside /race';
    const container = await running(`mkdir /race; ln -s ${canary} /link; (while :; do ${swap}; done) & true`);
    const names = new Set<string>();
    let done = 0;
    for (let round = 0; round < 150; round++) {
      const got = await get(container, '/race/.').catch(() => ({}));
      for (const name of Object.keys(got)) names.add(name);
      const files: Archive = round % 2 ? { victim: 'mine' } : { 'victim/': '', 'victim/x': 'mine' };
      await put(container, '/race', files).then(
        () => done++,
        () => {},
      );
    }
    t.ok(done > 0, `${done} of 150 went through`);
    t.notOk(
      [...names].some((name) => name.includes('secret-file')),
      'nothing of the host was read',
    );
    t.strictSame(fingerprint(canary), before, 'nothing of the host was changed');
    await container.remove({ force: true });
  });

  t.test('many who read at once do not disturb each other, nor a start', async (t) => {
    const script = 'until [ -e /go ]; do sleep 0.05; done; echo x >/etc/passwd && exec sleep 1000';
    const container = await create(script);
    const read = async () => {
      t.ok(await text(await container.export()));
      t.match(await stat(container, '/etc/passwd'), { name: 'passwd' });
    };
    await Promise.all(Array.from({ length: 20 }, read));
    await Promise.all([...Array.from({ length: 10 }, read), container.start(), read(), read()]);
    await put(container, '/', { go: '' });
    await waitUntil('it has written', async () => (await stat(container, '/etc/passwd')).size === 2);
    const around = readdirSync(join(skiffd.dataRoot, 'containers'));
    t.strictSame(
      around.filter((name) => name.startsWith('.view')),
      [],
    );
    await container.remove({ force: true });
  });

  t.test('a client that stops in the middle', async (t) => {
    const container = await create('exec sleep 1000');
    const broken = await cutOff(skiffd.socket, `/containers/${container.id}/archive?path=/root`);
    t.ok(broken);
    await container.start();
    t.match(await stat(container, '/root'), { name: 'root' }, 'the container is free again');
  });

  t.test('a daemon that dies while it copies leaves nothing mounted', async (t) => {
    const container = await create('true');
    const sent = request({
      socketPath: skiffd.socket,
      method: 'PUT',
      path: `/containers/${container.id}/archive?path=/root`,
    });
    sent.on('error', () => {});
    sent.write(encodeEntry(tarEntry('file', 'half', 1 << 20)));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await skiffd.crash();
    t.strictSame(mountsOfViews(skiffd.execRoot), []);
    await skiffd.start();
    await put(container, '/root', { whole: 'x' });
    t.strictSame(await get(container, '/root/whole'), { whole: 'x' });
  });
}

function mountsOfViews(execRoot: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return mounts.filter((line) => line.includes(`${execRoot}/view`));
}

/** Sends half an archive and goes away. */
function cutOff(socketPath: string, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ socketPath, method: 'PUT', path });
    sent.on('error', () => resolve(true));
    sent.write(encodeEntry(tarEntry('file', 'half', 1 << 20)));
    setTimeout(() => sent.destroy(), 300);
    sent.on('close', () => resolve(true));
  });
}
