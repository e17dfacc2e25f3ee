/** What a container wrote, committed, saved, and loaded elsewhere, is the same tree, to the byte and the nanosecond. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import type { Mount } from '../../../src/core/mount.ts';
import { openImages } from '../../../src/image/images.ts';
import { mount, unmount } from '../../../src/kernel/mount.ts';
import { mknodAt, S } from '../../../src/kernel/node.ts';
import { cstring, openAt } from '../../../src/kernel/path.ts';
import { setXattr } from '../../../src/kernel/xattr.ts';
import { cli } from '../../harness/client.ts';
import { debianDocker } from '../../harness/docker-cli.ts';
import { startDockerd } from '../../harness/dockerd.ts';
import { requires } from '../../harness/requires.ts';
import { fingerprint } from './tree.ts';

const logger = pino({ level: 'silent' });
// A busy machine takes its time; what hangs is found all the same.
t.setTimeout(300_000);

const skip = requires('root', 'overlay');
const quiet = { progress: () => {} };

/** GNU tar's own words for the things that layers are made of. */
const MAKE_BASE = `
  umask 022; mkdir -p etc usr/bin var/log/deep opaque gone-dir tmp; chmod 1777 tmp
  echo root > etc/passwd; echo x > gone; echo x > gone-dir/a; echo old > opaque/old; echo x > replaced
  ln -s ../usr/bin usr/link; ln etc/passwd etc/passwd-; mkfifo fifo; mknod null c 1 3; mknod disk b 7 3000
  chown 1234:70000 var/log; chmod 6755 var/log/deep; truncate -s 5M sparse; printf end >> sparse
  printf data | dd of=sparse bs=1 seek=1048576 conv=notrunc status=none
  long=$(printf 'n%.0s' $(seq 200)); mkdir -p $long/$long; echo deep > $long/$long/file; ln -s $long/$long/file longlink
  touch -d '1969-12-31 23:59:58.25 UTC' early; touch -d '2100-01-01 00:00:00.123456789 UTC' late
`;

const CHANGE = `
  rm -rf gone gone-dir; rm replaced; mkdir replaced; echo new > replaced/in
  rm -rf opaque; mkdir opaque; echo new > opaque/new; echo more >> etc/passwd; chown 4000000:5000000 usr/bin
  mv etc/passwd- etc/renamed; ln usr/link usr/hard-symlink; echo setuid > usr/bin/su; chmod 4755 usr/bin/su
  mkdir -p 'new dir/ü'; echo x > 'new dir/ü/name with spaces'; chmod 700 'new dir'; touch -d @1.5 etc; rmdir tmp
`;

t.test('commit, save, load', { skip }, async (t) => {
  const dir = t.testdir({ base: {}, container: {}, other: {}, one: {}, two: {} });
  sh(join(dir, 'base'), MAKE_BASE);
  for (const format of ['gnu', 'pax', 'pax --sparse-version=0.0', 'pax --sparse-version=0.1']) {
    execFileSync('tar', [
      '-C',
      join(dir, 'base'),
      ...`--sparse --format=${format} --xattrs --numeric-owner -cf`.split(' '),
      join(dir, 'base.tar'),
      '.',
    ]);
    await t.test(`a layer that tar wrote (${format})`, async (t) => {
      const images = await openImages({ root: join(dir, 'one'), logger });
      t.teardown(() => images.close());
      const image = await images.import(createReadStream(join(dir, 'base.tar')), { names: ['base'] });
      const want = fingerprint(join(dir, 'base'));
      t.same(precise(fingerprint(images.layerDirectories(image)[0] ?? ''), format), precise(want, format));
    });
  }

  const images = await openImages({ root: join(dir, 'one'), logger });
  t.teardown(() => images.close());
  const image = images.get('base');
  const directory = join(dir, 'container');
  const before = await mounted(dir, await images.prepareSnapshot({ directory, image }), (root) => {
    sh(root, CHANGE);
    bytesAndAttributes(root);
    return fingerprint(root);
  });
  const layer = await images.addLayer({ directory, below: image.config.rootfs.diff_ids, take: false });
  const config = { architecture: 'amd64', os: 'linux', config: { Cmd: ['x'] } };
  const made = images.create({ config, layers: [...images.layersOf(image), layer], names: ['made'] });
  layer.release();
  await images.save(images.choose(['made']), createWriteStream(join(dir, 'saved.tar')));

  const others = await openImages({ root: join(dir, 'two'), logger });
  t.teardown(() => others.close());
  const [loaded] = await others.load(createReadStream(join(dir, 'saved.tar')), quiet);
  t.equal(loaded?.image.id, made.id);
  const request = { directory: join(dir, 'other'), image: loaded?.image };
  const after = await mounted(dir, await others.prepareSnapshot(request), fingerprint);
  // The root's own time is that of the upper directory, which each container has of its own.
  delete before['.'];
  delete after['.'];
  t.same(after, before);
  t.notOk(after.gone ?? after['gone-dir'] ?? after['opaque/old'] ?? after.tmp, 'what was removed is gone');
  t.ok(after['new dir'], 'what was made is there');

  await t.test('taken instead of copied, it is the same layer', async (t) => {
    const taken = await images.addLayer({ directory, below: image.config.rootfs.diff_ids, take: true });
    t.equal(taken.diffId, layer.diffId);
    taken.release();
  });
  await t.test('Docker unpacks it to the same tree', { skip: requires('apt-get', 'dpkg') }, async (t) => {
    const dockerd = await startDockerd({ args: ['--bridge=none', '--iptables=false'] });
    t.teardown(() => dockerd.close());
    const docker = cli(join(await debianDocker(), 'usr/bin/docker'), dockerd);
    t.match(await docker('load', '-i', join(dir, 'saved.tar')), {
      code: 0,
      stdout: 'Loaded image: made:latest\n',
    });
    const { stdout } = await docker('image', 'inspect', 'made');
    const [{ Id, GraphDriver }] = JSON.parse(stdout);
    t.equal(Id, made.id);
    const { LowerDir, UpperDir } = GraphDriver.Data;
    const root = {
      type: 'overlay',
      source: 'overlay',
      target: '/',
      options: [`lowerdir=${UpperDir}:${LowerDir}`],
    };
    t.same(asDockerHasIt(await mounted(dir, [root], fingerprint)), asDockerHasIt(before));
  });
  await t.test('skopeo reads it, both ways', { skip: requires('skopeo') }, async (t) => {
    for (const transport of ['docker-archive', 'oci-archive']) {
      const shown = execFileSync('skopeo', ['inspect', `${transport}:${join(dir, 'saved.tar')}`], {
        encoding: 'utf8',
      });
      t.match(shown, layer.diffId, transport);
    }
  });
});

/** Docker's clock begins in 1970 (its archive package, Chtimes). */
function asDockerHasIt(facts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).filter(([path]) => path !== 'early' && path !== '.'));
}

/** Headers of the old GNU format know whole seconds from 1970 on; tar writes what it can. */
function precise(facts: Record<string, string>, format: string): Record<string, string> {
  if (format !== 'gnu') return facts;
  const entries = Object.entries(facts).map(([path, line]) => {
    const [mode, uid, gid, mtime, ...rest] = line.split(' ');
    return [path, [mode, uid, gid, BigInt(mtime ?? 0) / 1_000_000_000n, ...rest].join(' ')];
  });
  return Object.fromEntries(entries.filter(([path]) => path !== 'early'));
}

/** Names and attributes that no shell writes easily. */
function bytesAndAttributes(root: string): void {
  const fd = openSync(root, 'r');
  mknodAt(fd, cstring('caf\xe9'), S.IFREG | 0o644);
  const file = openAt(fd, 'etc/passwd', 0);
  setXattr(file, 'user.binary', Buffer.from([0, 255, 10, 61, 0]));
  // cap_net_raw+ep, revision 2 (linux/capability.h).
  setXattr(file, 'security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex'));
  setXattr(fd, 'trusted.mine', Buffer.from('root'));
  closeSync(file);
  closeSync(fd);
  symlinkSync('/nowhere/…', join(root, 'dangling'));
  if (readdirSync(root).length === 0) throw new Error('nothing was made');
}

async function mounted<T>(dir: string, [root]: Mount[], use: (root: string) => T): Promise<T> {
  const target = join(dir, 'mnt');
  mkdirSync(target, { recursive: true });
  mount('overlay', target, 'overlay', 0, root?.options.join(','));
  try {
    return use(target);
  } finally {
    unmount(target);
  }
}

function sh(cwd: string, script: string): void {
  execFileSync('sh', ['-ec', script], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}
