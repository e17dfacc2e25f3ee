/** What is mounted into containers, as a docker client asks for it and as a process inside sees it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mount, unmount } from '../../../src/kernel/mount.ts';
import { mountsBelow } from '../../../src/kernel/mount-table.ts';
import { call } from '../../harness/api.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { cli, type Run } from '../../harness/client.ts';
import { recentDocker } from '../../harness/docker-cli.ts';
import { skiff } from '../../harness/paths.ts';
import { requires } from '../../harness/requires.ts';
import { type Skiffd, startSkiffd } from '../../harness/skiffd.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { mountSilentServer } from './silent-server.ts';

// A busy machine takes its time.
t.setTimeout(300_000);

const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');

interface Row {
  name: string;
  mounts: string[];
  script: string;
  /** Standard output, or what the refusal says. */
  says: string | RegExp;
}

/** `HOST` is a directory on the host that holds `file` and a tmpfs at `below` with `deep` in it. */
const rows: Row[] = [
  { name: 'a volume', mounts: ['-v', 'data:/v'], script: 'cat /v/sub/dir/file', says: 'inside\n' },
  { name: 'read-only', mounts: ['-v', 'data:/v:ro'], script: 'touch /v/x || echo no', says: 'no\n' },
  {
    name: 'a place inside a volume',
    mounts: ['--mount', 'type=volume,src=data,dst=/v,volume-subpath=sub/dir'],
    script: 'ls /v',
    says: 'file\n',
  },
  {
    name: 'a file inside a volume',
    mounts: ['--mount', 'type=volume,src=data,dst=/v,volume-subpath=sub/dir/file'],
    script: 'cat /v',
    says: 'inside\n',
  },
  {
    name: 'a link out of a volume leads to its root',
    mounts: ['--mount', 'type=volume,src=data,dst=/v,volume-subpath=up'],
    script: 'ls /v',
    says: 'sub\nup\n',
  },
  {
    name: 'a subpath that means to leave',
    mounts: ['--mount', 'type=volume,src=data,dst=/v,volume-subpath=sub/../../x'],
    script: 'true',
    says: /subpath must be a relative path within the volume/,
  },
  {
    name: 'an image',
    mounts: ['--mount', 'type=image,src=busybox,dst=/i'],
    script: 'ls /i/etc/passwd; touch /i/x || echo no',
    says: '/i/etc/passwd\nno\n',
  },
  {
    name: 'a place inside an image',
    mounts: ['--mount', 'type=image,src=busybox,dst=/i,image-subpath=etc'],
    script: 'ls /i/passwd',
    says: '/i/passwd\n',
  },
  { name: 'a bind', mounts: ['-v', 'HOST:/h'], script: 'cat /h/file; ls /h/below', says: 'here\ndeep\n' },
  {
    name: 'a read-only bind, recursively',
    mounts: ['-v', 'HOST:/h:ro'],
    script: 'touch /h/x || echo no; touch /h/below/x || echo no',
    says: 'no\nno\n',
  },
  {
    name: 'a read-only bind, not recursively',
    mounts: ['--mount', 'type=bind,src=HOST,dst=/h,ro,bind-recursive=writable'],
    script: 'touch /h/x || echo no; touch /h/below/deep && echo yes',
    says: 'no\nyes\n',
  },
  {
    name: 'a bind without what is mounted below',
    mounts: ['--mount', 'type=bind,src=HOST,dst=/h,bind-recursive=disabled'],
    script: 'ls /h/below | wc -l',
    says: '0\n',
  },
  {
    name: 'a bind source that is not there: -v makes it',
    mounts: ['-v', 'HOST/made:/h'],
    script: 'stat -c "%u %a" /h',
    says: '0 755\n',
  },
  {
    name: 'a bind source that is not there: --mount refuses',
    mounts: ['--mount', 'type=bind,src=HOST/missing,dst=/h'],
    script: 'true',
    says: /bind source path does not exist: .*\/missing/,
  },
  {
    name: 'tmpfs',
    mounts: ['--mount', 'type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700'],
    script: 'stat -c %a /t; df -k /t | tail -1 | tr -s " " | cut -d" " -f2',
    says: '700\n1024\n',
  },
  {
    name: 'names with blanks',
    mounts: ['-v', 'HOST/with blank:/a b'],
    script: 'touch "/a b/x"; ls "/a b"',
    says: 'x\n',
  },
  {
    name: 'one target twice',
    mounts: ['-v', 'data:/v', '-v', 'HOST:/v'],
    script: 'true',
    says: /Duplicate mount point: \/v/,
  },
  {
    name: 'a link in the container is not followed out of it',
    mounts: ['-v', 'data:/dev/../v'],
    script: 'ls /v',
    says: 'sub\nup\n',
  },
];

const FILES = 1000;
/** The daemon is killed when this many files have been copied. */
const MOMENTS = [1, FILES / 2];

if (skip) t.pass('mounts', { skip });
else await mountsInContainers();

async function mountsInContainers(): Promise<void> {
  const [skiffd, recent] = await Promise.all([startSkiffd(), recentDocker()]);
  t.teardown(() => skiffd.close());
  // Older ones know no subpaths; ours does.
  const docker = cli(recent.path || skiff, skiffd);
  const host = hostDirectory(t);
  await docker('load', '-i', await builtinImage());
  const fill = 'mkdir -p /v/sub/dir; echo inside > /v/sub/dir/file; ln -s ../../../.. /v/up';
  await docker('run', '--rm', '--network', 'none', '-v', 'data:/v', 'busybox', 'sh', '-c', fill);

  for (const { name, mounts, script, says } of rows) {
    await t.test(name, async (t) => {
      const options = mounts.map((text) => text.replace('HOST', host));
      const { stdout, stderr, code } = await docker(
        'run',
        '--rm',
        '--network',
        'none',
        ...options,
        'busybox',
        'sh',
        '-c',
        script,
      );
      if (typeof says === 'string') t.equal(stdout, says, stderr);
      else t.match(stderr, says);
      t.equal(code, typeof says === 'string' ? 0 : 125);
    });
  }
  await t.test('a place inside a volume begins as what the image has, if it is empty', async (t) => {
    await docker(
      'run',
      '--rm',
      '--network',
      'none',
      '-v',
      'places:/v',
      'busybox',
      'mkdir',
      '/v/empty',
      '/v/bin',
    );
    await docker('run', '--rm', '--network', 'none', '-v', 'places:/v', 'busybox', 'touch', '/v/bin/own');
    const place = (name: string) => ['--mount', `type=volume,src=places,dst=/bin,volume-subpath=${name}`];
    const listed = await docker(
      'run',
      '--rm',
      '--network',
      'none',
      ...place('empty'),
      'busybox',
      '/bin/ls',
      '/bin',
    );
    t.match(listed, { stdout: /^busybox$/m, code: 0 });
    t.strictSame(readdirSync(join(skiffd.dataRoot, 'volumes/places')).sort(), ['_data', 'volume.json']);
    await docker('create', '--network', 'none', ...place('bin'), 'busybox');
    t.strictSame(readdirSync(join(skiffd.dataRoot, 'volumes/places/_data/bin')), ['own']);
    t.ok(existsSync(join(skiffd.dataRoot, 'volumes/places/_data/empty/busybox')));
    t.equal((await docker('create', '--network', 'none', ...place('none'), 'busybox')).code, 0);
  });
  await t.test("--volumes-from another's place inside a volume", async (t) => {
    const place = ['--mount', 'type=volume,src=data,dst=/v,volume-subpath=sub/dir'];
    await docker('create', '--name', 'first', '--network', 'none', ...place, 'busybox');
    const second = ['--rm', '--network', 'none', '--volumes-from', 'first', 'busybox'];
    t.match(await docker('run', ...second, 'ls', '/v'), { stdout: 'file\n' });
    await docker('rm', 'first');
  });
  await t.test("a crash in the middle of copying an image's content", (t) =>
    interruptedCopyUp(t, skiffd, docker),
  );
  await t.test('a volume of a container that is being made', async (t) => {
    const options = ['--network', 'none', '-v', 'wanted:/content', 'full'];
    const creating = docker('create', ...options);
    const place = join(skiffd.dataRoot, 'volumes/wanted');
    await waitUntil('it is being filled', () => filesIn(place) > 0, { interval: 0 });
    t.match(await docker('volume', 'rm', 'wanted'), { stderr: /remove wanted: volume is in use/ });
    t.equal((await creating).code, 0);
    t.equal(
      (await docker('run', '--rm', ...options, 'sh', '-c', 'ls /content | wc -l')).stdout,
      `${FILES}\n`,
    );
  });
  await t.test('a place on a file server that does not answer', async (t) => {
    const place = join(skiffd.dataRoot, 'silent');
    const server = await mountSilentServer(t, place);
    const creating = docker('create', '--network', 'none', '-v', `${place}:/v`, 'busybox');
    await server.asked;
    t.equal((await call(skiffd.socket, 'GET', '/_ping')).status, 200, 'others are answered');
    server.end();
    t.match(await creating, { code: 1, stderr: /error while checking mount source path/ });
  });
  await t.test('nothing of it is left', async (t) => nothingLeft(t, skiffd));
  await t.test('a mounted image is not removed', async (t) => {
    await docker('create', '--name', 'seed', '--network', 'none', 'busybox');
    await docker('commit', '--change', 'LABEL a=b', 'seed', 'other');
    const mounted = ['--network', 'none', '--mount', 'type=image,src=other,dst=/i'];
    await docker('create', '--name', 'holder', ...mounted, 'busybox');
    const shown = '{{range .Mounts}}{{.Type}} {{.RW}}{{end}}';
    t.match(await docker('inspect', '-f', shown, 'holder'), { stdout: 'image false\n' });
    t.match(await docker('rmi', 'other'), {
      code: 1,
      stderr: /conflict: unable to remove repository reference/,
    });
    await docker('rm', 'holder', 'seed');
    t.match(await docker('rmi', 'other'), { code: 0 });
  });
  await t.test('a pinned place outlives the daemon and goes with the container', async (t) => {
    const sub = 'type=volume,src=data,dst=/v,volume-subpath=sub';
    await docker(
      'run',
      '-d',
      '--name',
      'long',
      '--network',
      'none',
      '--mount',
      sub,
      'busybox',
      'sleep',
      '600',
    );
    await skiffd.crash();
    await skiffd.start();
    t.match(await docker('exec', 'long', 'ls', '/v'), { stdout: 'dir\n' });
    await docker('rm', '-f', 'long');
    nothingLeft(t, skiffd);
  });
}

async function interruptedCopyUp(t: Test, skiffd: Skiffd, docker: Run): Promise<void> {
  const write = `mkdir /content; for i in $(seq ${FILES}); do echo $i > /content/$i; done`;
  await docker('run', '--name', 'seed', '--network', 'none', 'busybox', 'sh', '-c', write);
  await docker('commit', 'seed', 'full');
  for (const [index, moment] of MOMENTS.entries()) {
    const options = ['--network', 'none', '-v', `fresh${index}:/content`, 'full'];
    const creating = docker('create', ...options);
    const place = join(skiffd.dataRoot, `volumes/fresh${index}`);
    await waitUntil('it is being filled', () => filesIn(place) >= moment, { interval: 0 });
    await skiffd.crash();
    await creating;
    await skiffd.start();
    const { stdout } = await docker('run', '--rm', ...options, 'sh', '-c', 'cat /content/* | wc -l');
    t.equal(stdout, `${FILES}\n`, `killed after ${moment} files`);
    t.strictSame(readdirSync(place).sort(), ['_data', 'volume.json']);
  }
  await docker('rm', 'seed');
}

/** Wherever on their way they are. */
function filesIn(place: string): number {
  if (!existsSync(place)) return 0;
  const directories = readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return directories.reduce((sum, { name }) => sum + countIn(join(place, name)), 0);
}

function countIn(directory: string): number {
  try {
    return readdirSync(directory).length;
  } catch {
    return 0;
  }
}

/** A tmpfs below, so that recursion can be told from none. */
function hostDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'skiff-host-'));
  writeFileSync(join(directory, 'file'), 'here\n');
  mkdirSync(join(directory, 'with blank'));
  const below = join(directory, 'below');
  mkdirSync(below);
  mount('tmpfs', below, 'tmpfs', 0);
  writeFileSync(join(below, 'deep'), '');
  t.teardown(() => {
    unmount(below);
    rmSync(directory, { recursive: true });
  });
  return directory;
}

function nothingLeft(t: Test, { execRoot }: Skiffd): void {
  t.strictSame(mountsBelow(join(execRoot, 'mounts')), []);
  t.notOk(
    existsSync(join(execRoot, 'mounts')) &&
      readFileSync('/proc/self/mountinfo', 'utf8').includes(`${execRoot}/mounts`),
  );
}
