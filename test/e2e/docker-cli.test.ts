/** Stock docker clients, Debian's 20.10 and the machine's own, drive skiffd as they would drive Docker. */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { builtinImage } from '../harness/builtin-image.ts';
import { cli, clientEnv, type Run } from '../harness/client.ts';
import { type DockerCli, dockerClis } from '../harness/docker-cli.ts';
import { requires } from '../harness/requires.ts';
import { type Skiffd, startSkiffd } from '../harness/skiffd.ts';
import { openTerminal } from '../harness/terminal.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');

if (skip) t.pass('stock docker clients', { skip });
else for (const client of await dockerClis()) t.test(`docker ${client.version}`, (t) => drive(t, client));

async function drive(t: Test, { path }: DockerCli): Promise<void> {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = cli(path, skiffd);
  const onTerminal = (t: Test, ...args: string[]) => {
    const terminal = openTerminal(path, args, clientEnv(skiffd.host));
    t.teardown(() => terminal.close());
    return terminal;
  };

  await t.test('version and info answer', async (t) => {
    t.match(await docker('version', '--format', '{{.Server.APIVersion}}'), {
      code: 0,
      stdout: /^1\.\d\d\n$/,
    });
    t.match(await docker('info', '--format', '{{.OSType}}'), { code: 0, stdout: 'linux\n' });
  });

  await t.test('load', async (t) => {
    const loaded = await docker('load', '-i', await builtinImage());
    t.match(loaded, { code: 0, stdout: /Loaded image: busybox:latest\n$/ });
    t.match(await docker('images', '--format', '{{.Repository}}:{{.Tag}}'), { stdout: 'busybox:latest\n' });
  });

  await t.test('run in the foreground', async (t) => {
    for (const { args, expected } of foreground)
      t.strictSame(await docker(...args), expected, args.join(' '));
  });

  await t.test('run -i reads a pipe to its end', async (t) => {
    const input = Buffer.alloc(3_000_000, 'skiff\n');
    const run = cli(path, skiffd, { input });
    t.strictSame(await run('run', '--rm', '-i', 'busybox', 'wc', '-c'), {
      code: 0,
      stdout: '3000000\n',
      stderr: '',
    });
    const echoed = await run('run', '--rm', '-i', '--network', 'none', 'busybox', 'cat');
    t.equal(echoed.stdout.length, input.length);
    t.ok(echoed.stdout === input.toString(), 'byte for byte');
    const nothing = cli(path, skiffd, { input: '' });
    t.strictSame(
      await nothing('run', '--rm', '-i', '--network', 'none', 'busybox', 'cat'),
      { code: 0, stdout: '', stderr: '' },
      'and one that had ended before the start',
    );
  });

  await t.test('run -it on a terminal', async (t) => {
    const terminal = onTerminal(t, 'run', '--rm', '-it', 'busybox', 'sh');
    await terminal.see('# ');
    terminal.type('tty; stty size\n');
    await terminal.see(/\/dev\/(pts\/0|console)\r\n/);
    await terminal.see('30 100\r\n');
    terminal.resize(77, 22);
    await sleep(200);
    terminal.type('stty size\n');
    await terminal.see('22 77\r\n');
    terminal.type('exit 7\n');
    t.match(await terminal.exited, { exitCode: 7 });
  });

  await t.test('a detached container from run to rm', (t) => detached(t, docker));

  await t.test('exec', async (t) => {
    await docker('run', '-d', '--name', 'box', 'busybox', 'sleep', '600');
    t.teardown(() => docker('rm', '-f', 'box'));
    t.strictSame(await docker('exec', 'box', 'sh', '-c', 'echo out; echo err >&2; exit 9'), {
      code: 9,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    const piped = cli(path, skiffd, { input: 'over the pipe' });
    t.match(await piped('exec', '-i', 'box', 'cat'), { code: 0, stdout: 'over the pipe' });
    t.match(
      await docker(
        'exec',
        '-e',
        'A=b',
        '-w',
        '/tmp',
        '-u',
        '1000',
        'box',
        'sh',
        '-c',
        'echo $A $PWD $(id -u)',
      ),
      {
        stdout: 'b /tmp 1000\n',
      },
    );
    t.match(await docker('exec', 'box', 'nothing-of-this-name'), { code: 127 });

    const terminal = onTerminal(t, 'exec', '-it', 'box', 'sh');
    await terminal.see('# ');
    terminal.type('stty size; hostname; exit 4\n');
    await terminal.see('30 100\r\n');
    t.match(await terminal.exited, { exitCode: 4 });
  });

  await t.test('attach, detach, attach again', (t) =>
    attaching(t, docker, (...args) => onTerminal(t, ...args)),
  );

  await t.test('a published port answers on this machine', (t) => publishing(t, docker, skiffd));
}

const ended = (code: number, stdout: string, stderr = '') => ({ code, stdout, stderr });

const foreground = [
  { args: ['run', '--rm', 'busybox', 'echo', 'hello'], expected: ended(0, 'hello\n') },
  { args: ['run', '--rm', 'busybox', 'sh', '-c', 'echo e >&2; exit 3'], expected: ended(3, '', 'e\n') },
  { args: ['run', '--rm', 'busybox', 'sh', '-c', 'exit 200'], expected: ended(200, '') },
  {
    args: ['run', '--rm', '-e', 'X=1', '-w', '/etc', 'busybox', 'sh', '-c', 'echo $X $PWD'],
    expected: ended(0, '1 /etc\n'),
  },
  { args: ['run', '--rm', '-u', '65534', 'busybox', 'id', '-u'], expected: ended(0, '65534\n') },
  { args: ['run', '--rm', '-h', 'boat', 'busybox', 'hostname'], expected: ended(0, 'boat\n') },
  {
    args: ['run', '--rm', '--network', 'none', 'busybox', 'ls', '/sys/class/net'],
    expected: ended(0, 'lo\n'),
  },
  {
    args: ['run', '--rm', '--entrypoint', 'echo', 'busybox', 'own', 'entry'],
    expected: ended(0, 'own entry\n'),
  },
];

async function detached(t: Test, docker: Run): Promise<void> {
  const script = 'trap "echo bye; exit 5" TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done';
  const { stdout } = await docker(
    'run',
    '-d',
    '--name',
    'clock',
    '--label',
    'tick=tock',
    'busybox',
    'sh',
    '-c',
    script,
  );
  const id = stdout.trim();
  t.match(id, /^[0-9a-f]{64}$/);
  t.match(await docker('ps', '--format', '{{.ID}} {{.Image}} {{.Names}}'), {
    stdout: `${id.slice(0, 12)} busybox clock\n`,
  });
  t.match(await docker('ps', '-q', '--filter', 'label=tick=tock', '--no-trunc'), { stdout: `${id}\n` });

  const following = docker('logs', '-f', 'clock');
  await sleep(300);
  t.match(await docker('stop', '-t', '5', 'clock'), { code: 0, stdout: 'clock\n' });
  const { stdout: followed, code } = await following;
  t.equal(code, 0, 'logs -f ends with the container');
  t.match(followed, /^line 1\nline 2\n(line \d+\n)*bye\n$/);
  t.match(await docker('logs', '--tail', '1', 'clock'), { stdout: 'bye\n' });
  t.match(await docker('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}} {{.Name}}', 'clock'), {
    stdout: 'exited 5 /clock\n',
  });
  t.match(await docker('wait', 'clock'), { stdout: '5\n' });
  t.match(await docker('start', 'clock'), { code: 0 });
  t.match(await docker('rm', 'clock'), {
    code: 1,
    stderr: /You cannot remove a running container|container is running/,
  });
  t.match(await docker('kill', 'clock'), { code: 0 });
  t.match(await docker('rm', '-f', 'clock'), { code: 0, stdout: 'clock\n' });
  t.match(await docker('inspect', 'clock'), {
    code: 1,
    stderr: /No such object: clock|no such object: clock/i,
  });
}

async function attaching(
  t: Test,
  docker: Run,
  onTerminal: (...args: string[]) => ReturnType<typeof openTerminal>,
) {
  await docker('run', '-dit', '--name', 'shell', 'busybox', 'sh');
  t.teardown(() => docker('rm', '-f', 'shell'));
  const first = onTerminal('attach', 'shell');
  first.type('echo $((6*7))\n');
  await first.see('42\r\n');
  first.type('\x10\x11');
  await first.exited;
  t.match(
    await docker('inspect', '-f', '{{.State.Running}}', 'shell'),
    { stdout: 'true\n' },
    'runs on, detached',
  );
  const second = onTerminal('attach', 'shell');
  second.type('echo again; exit 6\n');
  await second.see('again\r\n');
  t.match(await second.exited, { exitCode: 6 });
}

async function publishing(t: Test, docker: Run, skiffd: Skiffd): Promise<void> {
  const page = 'echo boat > /tmp/index.html; exec httpd -f -h /tmp';
  await docker('run', '-d', '--name', 'web', '-p', '127.0.0.1::80', 'busybox', 'sh', '-c', page);
  t.teardown(() => docker('rm', '-f', 'web'));
  const { stdout } = await docker('port', 'web', '80/tcp');
  t.match(stdout, /^127\.0\.0\.1:\d+\n$/, skiffd.instance);
  const answer = await retry(() => fetch(`http://${stdout.trim()}/`));
  t.equal(await answer.text(), 'boat\n');
}

/** The server in the container needs a moment to listen. */
async function retry(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(50);
    }
  }
}
