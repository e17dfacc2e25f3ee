/** Volumes on a real disk with real mounts: what is kept, what is mounted, and what a crash leaves. */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { EngineError } from '../../../src/core/errors.ts';
import { mount, unmount } from '../../../src/kernel/mount.ts';
import { mountsBelow } from '../../../src/kernel/mount-table.ts';
import { openVolumes } from '../../../src/volume/open-volumes.ts';
import { requires } from '../../harness/requires.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const logger = pino({ level: 'silent' });
const TMPFS = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=1000,gid=1001,mode=750,noexec' };

async function open(t: Test) {
  const root = t.testdir();
  t.teardown(() => {
    for (const point of mountsBelow(root).reverse()) unmount(point);
  });
  return { root, volumes: await openVolumes({ root, logger }) };
}

const kindOf = (refused: Promise<unknown>) =>
  refused.then(
    () => 'no error',
    (error: unknown) => (error instanceof EngineError ? error.kind : error),
  );

t.test('a volume is there for the next daemon, data and all', async (t) => {
  const { root, volumes } = await open(t);
  const made = await volumes.create({ name: 'data', labels: { a: 'b' } });
  writeFileSync(join(volumes.mountpoint('data'), 'file'), 'kept');
  t.equal(volumes.mountpoint('data'), join(root, 'volumes/data/_data'));
  const again = await openVolumes({ root, logger });
  t.strictSame(again.get('data'), made);
  t.equal(readFileSync(join(again.mountpoint('data'), 'file'), 'utf8'), 'kept');
  t.strictSame(
    await again.create({ name: 'data', labels: { other: 'x' } }),
    made,
    'the one that exists, as it is',
  );
});

t.test('one whose directory was deleted by hand is forgotten', async (t) => {
  const { root, volumes } = await open(t);
  await volumes.create({ name: 'gone' });
  rmSync(join(root, 'volumes/gone'), { recursive: true });
  await volumes.remove('gone');
  t.notOk(volumes.find('gone'));
  await volumes.create({ name: 'gone' });
  t.ok(existsSync(volumes.mountpoint('gone')));
});

t.test('one without a name is anonymous', async (t) => {
  const { volumes } = await open(t);
  const { name, anonymous } = await volumes.create({});
  t.match(name, /^[0-9a-f]{64}$/);
  t.equal(anonymous, true);
  t.equal((await volumes.create({ name: 'named' })).anonymous, false);
});

t.test('what is refused, in Docker’s words', async (t) => {
  const { root, volumes } = await open(t);
  const rows: [object, RegExp][] = [
    [
      { name: 'a' },
      /^create a: volume name is too short, names should be at least two alphanumeric characters$/,
    ],
    [{ name: 'a/b' }, /^create a\/b: "a\/b" includes invalid characters for a local volume name, only /],
    [{ name: '..' }, /includes invalid characters/],
    [{ name: '.hidden' }, /includes invalid characters/],
    [{ name: 'a\nb' }, /includes invalid characters/],
    [{ name: 'x'.repeat(256) }, /too long/],
    [
      { name: 'v1', driver: 'nfs' },
      /^create v1: error looking up volume plugin nfs: plugin "nfs" not found$/,
    ],
    [{ name: 'v1', options: { size: '5' } }, /^create v1: quota size requested but no quota support$/],
    [{ name: 'v1', options: { speed: '5' } }, /^create v1: invalid option: "speed"$/],
    [{ name: 'v1', options: { type: 'tmpfs' } }, /^create v1: missing required option: "device"$/],
    [{ name: 'v1', options: { o: 'ro' } }, /^create v1: missing required option: "device"$/],
  ];
  for (const [request, message] of rows)
    await t.rejects(volumes.create(request), { message }, String(message));
  t.throws(() => volumes.get('nope'), { message: 'get nope: no such volume' });
  t.strictSame(readdirSync(join(root, 'volumes')), [], 'and nothing was made');
});

t.test('one name asked for by many at once is one volume', async (t) => {
  const { root, volumes } = await open(t);
  const made = await Promise.all(Array.from({ length: 8 }, () => volumes.create({ name: 'data' })));
  t.equal(new Set(made).size, 1);
  t.strictSame(readdirSync(join(root, 'volumes')), ['data']);
});

t.test('a removed volume is gone', async (t) => {
  const { root, volumes } = await open(t);
  await volumes.create({ name: 'data' });
  mkdirSync(join(volumes.mountpoint('data'), 'deep/er'), { recursive: true });
  await volumes.remove('data');
  t.strictSame([volumes.list(), readdirSync(join(root, 'volumes'))], [[], []]);
  t.equal(await kindOf(volumes.remove('data')), 'not-found');
});

t.test('what a crash leaves is swept, what somebody else left is not touched', async (t) => {
  const { root, volumes } = await open(t);
  await volumes.create({ name: 'whole' });
  const at = (path: string) => join(root, 'volumes', path);
  mkdirSync(at('.halfmade/_data'), { recursive: true });
  mkdirSync(at('.halfgone/_data/deep'), { recursive: true });
  mkdirSync(at('foreign/_data'), { recursive: true });
  mkdirSync(at('damaged/_data'), { recursive: true });
  writeFileSync(at('damaged/volume.json'), '{');
  const again = await openVolumes({ root, logger });
  t.strictSame(
    again.list().map(({ name }) => name),
    ['whole'],
  );
  await waitUntil(
    'the leftovers are gone',
    () => !existsSync(at('.halfmade')) && !existsSync(at('.halfgone')),
  );
  t.ok(existsSync(at('foreign/_data')) && existsSync(at('damaged/_data')));
  await t.rejects(again.create({ name: 'foreign' }), 'a directory that is no volume is not taken over');
});

t.test('first content is there whole or not at all', async (t) => {
  const { root, volumes } = await open(t);
  await volumes.create({ name: 'data' });
  const place = join(root, 'volumes/data');
  const content = (names: string[]) => async (directory: string) => {
    for (const name of names) writeFileSync(join(directory, name), 'ours');
    chmodSync(directory, 0o1777);
    return true;
  };
  await t.rejects(
    volumes.fill('data', '', async (directory) => {
      await content(['half'])(directory);
      throw new Error('no space');
    }),
    { message: 'no space' },
  );
  await volumes.fill('data', '', async () => false);
  t.strictSame(
    [readdirSync(place).sort(), readdirSync(join(place, '_data'))],
    [['_data', 'volume.json'], []],
  );
  const inode = statSync(join(place, '_data')).ino;
  await volumes.fill('data', '', content(['one', 'two']));
  t.strictSame(readdirSync(join(place, '_data')).sort(), ['one', 'two']);
  const { ino, mode } = statSync(join(place, '_data'));
  t.strictSame(
    [ino, mode & 0o7777],
    [inode, 0o1777],
    'the directory is the same: somebody may have it mounted',
  );
  t.strictSame(readdirSync(place).sort(), ['_data', 'volume.json']);
});

t.test('first content that a crash interrupted', async (t) => {
  const { root, volumes } = await open(t);
  for (const name of ['half', 'whole']) await volumes.create({ name });
  const at = (path: string) => join(root, 'volumes', path);
  mkdirSync(at('half/_filling-00/deep'), { recursive: true });
  mkdirSync(at('whole/_filled/deep'), { recursive: true });
  for (const path of ['_filled/one', '_filled/deep/two', '_filled/mine'])
    writeFileSync(at(`whole/${path}`), 'ours');
  chmodSync(at('whole/_filled'), 0o750);
  writeFileSync(at('whole/_data/mine'), 'theirs');
  const again = await openVolumes({ root, logger });
  t.strictSame(readdirSync(again.mountpoint('half')), [], 'what was not whole was never there');
  const data = again.mountpoint('whole');
  t.strictSame(readdirSync(data).sort(), ['deep', 'mine', 'one'], 'what was whole is brought in');
  t.equal(readFileSync(join(data, 'mine'), 'utf8'), 'theirs', 'but over nothing');
  t.equal(statSync(data).mode & 0o7777, 0o750);
  t.notOk(existsSync(at('whole/_filled')));
  await waitUntil('the leftovers are gone', () => !existsSync(at('half/_filling-00')));
});

t.test(
  'a volume with options is mounted for its first user and unmounted by its last',
  { skip: requires('root') },
  async (t) => {
    const { root, volumes } = await open(t);
    await volumes.create({ name: 'fast', options: TMPFS });
    const directory = volumes.mountpoint('fast');
    t.strictSame(mountsBelow(directory), []);
    t.equal(await volumes.mount('fast', 'one'), directory);
    const { uid, gid, mode } = statSync(directory);
    t.strictSame([uid, gid, mode & 0o7777], [1000, 1001, 0o750]);
    writeFileSync(join(directory, 'file'), 'x'.repeat(1000));
    t.equal(await volumes.size('fast'), 4096, 'in whole blocks');
    await volumes.mount('fast', 'two');
    await volumes.unmount('fast', 'one');
    await volumes.unmount('fast', 'one');
    t.strictSame(mountsBelow(directory), [directory], 'two still has it');

    const next = await openVolumes({ root, logger });
    await next.mount('fast', 'two');
    t.strictSame(mountsBelow(directory), [directory], 'a daemon that comes back finds it mounted');
    await next.unmount('fast', 'two');
    t.strictSame(mountsBelow(directory), []);
  },
);

t.test('removing a volume leaves what was bound into it alone', { skip: requires('root') }, async (t) => {
  const { root, volumes } = await open(t);
  const source = join(root, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'precious'), '');
  await volumes.create({ name: 'bound', options: { type: 'none', device: source, o: 'bind,ro' } });
  const directory = await volumes.mount('bound', 'one');
  t.ok(existsSync(join(directory, 'precious')));
  t.throws(() => writeFileSync(join(directory, 'new'), ''), { code: 'EROFS' });
  await volumes.remove('bound');
  t.ok(existsSync(join(source, 'precious')));
  t.strictSame(mountsBelow(directory), []);
});

t.test('a volume with somebody’s mount in it is not removed', { skip: requires('root') }, async (t) => {
  const { volumes } = await open(t);
  await volumes.create({ name: 'data' });
  const inside = join(volumes.mountpoint('data'), 'inside');
  mkdirSync(inside);
  mount('tmpfs', inside, 'tmpfs', 0);
  t.equal(await kindOf(volumes.remove('data')), 'conflict');
  t.ok(volumes.find('data'));
  unmount(inside);
});

t.test('what cannot be mounted says why, without the password', { skip: requires('root') }, async (t) => {
  const { volumes } = await open(t);
  const rows: [options: Record<string, string>, said: string][] = [
    [
      { type: 'nosuch', device: '//127.0.0.1/x', o: 'ro,addr=127.0.0.1,password=secret' },
      'mount //127.0.0.1/x:PLACE, flags: 0x1, data: addr=127.0.0.1,password=********: no such device',
    ],
    [
      { type: 'none', device: '/nowhere', o: 'bind' },
      'mount /nowhere:PLACE, flags: 0x1000: no such file or directory',
    ],
  ];
  for (const [options, said] of rows) {
    await volumes.create({ name: 'far', options });
    const place = volumes.mountpoint('far');
    await t.rejects(volumes.mount('far', 'one'), {
      message: `error while mounting volume '${place}': failed to mount local volume: ${said.replace('PLACE', place)}`,
    });
    await volumes.remove('far');
  }
});

t.test('a subpath never leaves the volume', async (t) => {
  const { root, volumes } = await open(t);
  await volumes.create({ name: 'data' });
  const directory = volumes.mountpoint('data');
  mkdirSync(join(directory, 'sub/dir'), { recursive: true });
  symlinkSync('/sub', join(directory, 'inside'));
  symlinkSync('../../../..', join(directory, 'outside'));
  symlinkSync('/etc/passwd', join(directory, 'passwd'));
  const where = (subpath: string) => {
    const fd = volumes.openSubpath('data', subpath);
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    closeSync(fd);
    return target.slice(directory.length);
  };
  t.equal(where('sub/dir'), '/sub/dir');
  t.equal(where('inside/dir'), '/sub/dir', 'an absolute link starts at the volume');
  t.equal(where('outside'), '', 'and .. stops there');
  for (const subpath of ['/sub', '../data', 'sub/../../x', 'passwd', 'nope', 'outside/etc/passwd'])
    t.equal(await kindOf((async () => where(subpath))()), 'invalid-argument', subpath);
  t.ok(root);
});
