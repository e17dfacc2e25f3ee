// A person at a terminal, and scripts in pipes: raw output, sizes, keys, signals, exit codes, large streams.

import { execa } from 'execa';
import t, { type Test } from 'tap';
import { builtinImage } from '../../harness/builtin-image.ts';
import { cli, clientEnv } from '../../harness/client.ts';
import { skiff } from '../../harness/paths.ts';
import { requires } from '../../harness/requires.ts';
import { type Skiffd, startSkiffd } from '../../harness/skiffd.ts';
import { openTerminal } from '../../harness/terminal.ts';

t.setTimeout(300_000);
const skip = requires('root', 'runc', 'conmon', 'overlay');

async function drive(t: Test): Promise<void> {
  const engine = await startSkiffd();
  t.teardown(() => engine.close());
  await cli(skiff, engine)('load', '-i', await builtinImage());
  await t.test('bytes reach the terminal as they are', (t) => rawOutput(t, engine));
  await t.test('the size follows', (t) => resizing(t, engine));
  await t.test('keys', (t) => detaching(t, engine));
  await t.test('Ctrl-C', (t) => interrupting(t, engine));
  await t.test('signals are passed on', (t) => signalling(t, engine));
  await t.test('large streams through pipes', (t) => streaming(t, engine));
  await t.test('a terminal is asked for where there is none', (t) => withoutTerminal(t, engine));
}

function terminal(t: Test, engine: Skiffd, ...args: string[]) {
  const opened = openTerminal(skiff, args, clientEnv(engine.host));
  t.teardown(() => opened.close());
  return opened;
}

const shell = ['--network', 'none', 'busybox', 'sh'];

async function rawOutput(t: Test, engine: Skiffd): Promise<void> {
  const script = 'stty -opost; printf "a\\nb\\r\\nc"; sleep 0.2';
  const screen = terminal(t, engine, 'run', '--rm', '-it', ...shell, '-c', script);
  await screen.see('a\nb\r\nc');
  t.match(await screen.exited, { exitCode: 0 });
  t.equal(screen.screen(), 'a\nb\r\nc', 'no byte more, none less');
}

async function resizing(t: Test, engine: Skiffd): Promise<void> {
  const screen = terminal(t, engine, 'run', '--rm', '-it', ...shell);
  await screen.see('# ');
  screen.type('stty size\n');
  await screen.see('30 100\r\n');
  screen.resize(77, 22);
  // The new size travels to the container by itself; the shell is asked until it has come.
  screen.type('until [ "$(stty size)" = "22 77" ]; do :; done; echo resi""zed\n');
  await screen.see('resized\r\n');
  screen.type('exit 7\n');
  t.match(await screen.exited, { exitCode: 7 });
}

async function detaching(t: Test, engine: Skiffd): Promise<void> {
  const run = cli(skiff, engine);
  const first = terminal(t, engine, 'run', '-it', '--name', 'shell', ...shell);
  await first.see('# ');
  first.type('x=kept\n');
  await first.see('# ');
  first.type('\x10\x11');
  t.match(await first.exited, { exitCode: 0 }, 'run leaves without a complaint');
  t.match(await run('inspect', '-f', '{{.State.Running}}', 'shell'), { stdout: 'true\n' });

  const second = terminal(t, engine, 'attach', '--detach-keys', 'ctrl-a,d', 'shell');
  await second.see('# ');
  second.type('echo $x \x10\x11\n');
  await second.see('kept');
  second.type('\x01d');
  t.match(await second.exited, { exitCode: 1 });
  t.match(second.screen(), /read escape sequence/);

  const third = terminal(t, engine, 'attach', 'shell');
  await third.see('# ');
  third.type('exit 6\n');
  t.match(await third.exited, { exitCode: 6 });
  const again = terminal(t, engine, 'start', '-ai', 'shell');
  await again.see('# ');
  again.type('exit 4\n');
  t.match(await again.exited, { exitCode: 4 });
  const exec = await run('start', 'shell').then(() => terminal(t, engine, 'exec', '-it', 'shell', 'sh'));
  await exec.see('# ');
  exec.type('exit 9\n');
  t.match(await exec.exited, { exitCode: 9 });
  await run('rm', '-f', 'shell');
}

const trapping = (signal: string, code: number) =>
  `trap "echo got ${signal}; exit ${code}" ${signal}; echo ready; while :; do sleep 0.05; done`;

async function interrupting(t: Test, engine: Skiffd): Promise<void> {
  for (const options of [['-it'], ['-t'], ['-i'], []]) {
    const screen = terminal(t, engine, 'run', '--rm', ...options, ...shell, '-c', trapping('INT', 3));
    await screen.see('ready');
    screen.type('\x03');
    await screen.see('got INT');
    t.match(await screen.exited, { exitCode: 3 }, `run ${options.join(' ')}`);
  }
  // It may be listening only after the volume is there.
  const events = terminal(t, engine, 'events', '--since', '1m');
  await cli(skiff, engine)('volume', 'create', 'some-volume');
  await events.see('volume create some-volume');
  events.type('\x03');
  t.match(await events.exited, { exitCode: 130 });
}

async function signalling(t: Test, engine: Skiffd): Promise<void> {
  for (const [signal, code] of [
    ['TERM', 9],
    ['HUP', 8],
    ['USR1', 7],
  ] as const) {
    const screen = terminal(t, engine, 'run', '--rm', ...shell, '-c', trapping(signal, code));
    await screen.see('ready');
    process.kill(screen.pid, `SIG${signal}`);
    t.match(await screen.exited, { exitCode: code }, signal);
  }
  const deaf = terminal(
    t,
    engine,
    'run',
    '--sig-proxy=false',
    '--name',
    'deaf',
    ...shell,
    '-c',
    trapping('TERM', 9),
  );
  await deaf.see('ready');
  process.kill(deaf.pid, 'SIGTERM');
  t.match(await deaf.exited, { exitCode: 143 });
  const run = cli(skiff, engine);
  t.match(
    await run('inspect', '-f', '{{.State.Running}}', 'deaf'),
    { stdout: 'true\n' },
    'only the client went',
  );
  await run('rm', '-f', 'deaf');
}

async function streaming(t: Test, engine: Skiffd): Promise<void> {
  const input = Buffer.alloc(20_000_000, 'all the way through\n');
  const run = cli(skiff, engine, { input });
  const counted = await run('run', '--rm', '-i', '--network', 'none', 'busybox', 'wc', '-c');
  t.match(counted, { code: 0, stdout: '20000000\n' });
  const echoed = await run('run', '--rm', '-i', '--network', 'none', 'busybox', 'cat');
  t.ok(echoed.stdout === input.toString(), 'byte for byte');
  const flood = `run --rm --network none busybox sh -c 'yes | head -c 1000000'`;
  t.equal(await readSlowly(engine, flood), '1000000', 'a slow reader gets all of it');
  const chatter = 'while :; do echo word; sleep 0.02; done';
  await run('run', '-d', '--name', 'talker', ...shell, '-c', chatter);
  for (const [line, said] of readersThatLeave) t.equal(await leftByItsReader(engine, line), said, line);
  await run('rm', '-f', 'talker');
}

/** What does not fit into the pipe waits in the command, which must not end before the reader has it. */
async function readSlowly(engine: Skiffd, line: string): Promise<string> {
  const script = `${skiff} ${line} | { sleep 0.5; wc -c; }`;
  return (await execa('bash', ['-c', script], { env: clientEnv(engine.host) })).stdout;
}

/** Exit code and complaint as Docker's clients 20.10 and 28 have them. */
const readersThatLeave = [
  ['run --rm --network none busybox yes', '1 write /dev/stdout: broken pipe'],
  ['run --rm --network none --sig-proxy=false busybox yes', '141'],
  ['exec talker yes', '141'],
  ['logs -f talker', '141'],
] as const;

/** The reader takes one line; it is a pipe, as in a shell, where Node would hand out a socket. */
async function leftByItsReader(engine: Skiffd, line: string): Promise<string> {
  const script = `{ ${skiff} ${line} 2>&3 | head -n 1 >/dev/null; echo "${'$'}{PIPESTATUS[0]}"; } 3>&1`;
  const { stdout } = await execa('bash', ['-c', script], { env: clientEnv(engine.host) });
  return stdout.split('\n').reverse().join(' ').trim();
}

async function withoutTerminal(t: Test, engine: Skiffd): Promise<void> {
  const run = cli(skiff, engine);
  const refusal = { code: 1, stdout: '', stderr: 'the input device is not a TTY\n' };
  t.match(await run('run', '--rm', '-it', ...shell), refusal);
  t.match(await run('run', '--rm', '-t', '--network', 'none', 'busybox', 'tty'), {
    code: 0,
    stdout: '/dev/pts/0\r\n',
  });
}

t.test('at a terminal and in pipes', { skip }, drive);
