/** skiffd as a process: how it comes up, refuses, listens, reloads and goes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseCommandLine } from '../../../src/daemon/config/command-line.ts';
import { settle } from '../../../src/daemon/config/config.ts';
import { skiffd } from '../../harness/paths.ts';
import { requires } from '../../harness/requires.ts';
import { unmountBelow } from '../../harness/unmount.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const LISTEN = `
import socket, sys
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind(sys.argv[1])
while True: print(ear.recv(4096).decode(), end='', flush=True)
`;

interface Place {
  directory: string;
  socket: string;
  args: string[];
}

/** Data, exec-root and socket of one daemon, on tmpfs: a socket's path has at most 107 characters. */
function place(t: Test): Place {
  const directory = mkdtempSync('/run/skiff-');
  t.teardown(async () => {
    // One that was killed has unmounted nothing.
    await unmountBelow(directory);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  const socket = join(directory, 's.sock');
  const roots = ['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')];
  return { directory, socket, args: [...roots, '--bridge=none', '-H', `unix://${socket}`] };
}

interface Started {
  child: ChildProcess;
  said: () => string;
}

function start(t: Test, args: string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(skiffd, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      text += chunk;
    });
  t.teardown(() => endNow(child));
  return { child, said: () => text };
}

async function endNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function ready(started: Started): Promise<Started> {
  await waitUntil('skiffd listens', () => {
    if (started.child.exitCode !== null) throw new Error(started.said());
    return started.said().includes('API listen');
  });
  return started;
}

async function stop({ child }: Started): Promise<number | null> {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

function get(socketPath: string, path: string): Promise<{ status?: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status?: number; body: string }>();
  const asked = request({ socketPath, path, agent: false }, async (answer) => {
    let body = '';
    for await (const chunk of answer) body += chunk;
    resolve({ status: answer.statusCode, body });
  });
  asked.on('error', reject).end();
  return promise;
}

async function refused(t: Test, args: string[]): Promise<string> {
  const before = tables();
  const started = start(t, args);
  const [code] = await once(started.child, 'exit');
  t.equal(code, 1);
  t.strictSame(
    tables().filter((table) => table.endsWith(instanceOf(args)) && !before.includes(table)),
    [],
    'no firewall table of it is left',
  );
  return started.said();
}

// A dozen daemons come up from source, one after the other.
t.setTimeout(300_000);

const tables = () => execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }).trim().split('\n');

function instanceOf(args: string[]): string {
  const { settings } = parseCommandLine(args.filter((arg) => arg !== '--nope'));
  return settle(settings).instance;
}

const root = { skip: requires('root', 'runc', 'conmon', 'nft') };

t.test('up and down', root, async (t) => {
  const { socket, args, directory } = place(t);
  const daemon = await ready(start(t, args));
  t.equal((await get(socket, '/_ping')).body, 'OK');
  t.equal(statSync(socket).mode & 0o777, 0o660);
  t.equal(readFileSync(`/proc/${daemon.child.pid}/comm`, 'utf8'), 'skiffd\n');
  t.equal(readFileSync(join(directory, 'exec/skiffd.pid'), 'utf8'), `${daemon.child.pid}\n`);
  t.match(daemon.said(), /"ms":\{"boot":\d+,"layers":\d+,"listen":\d+,"restore":\d+\}/);
  t.match(
    await refused(t, args),
    new RegExp(`^skiffd: another skiffd \\(process ${daemon.child.pid}\\) is running on `),
    'not twice on one data-root',
  );
  t.match(
    await refused(t, [...args, '--data-root', join(directory, 'other')]),
    /is running on .*exec/,
    'nor on one exec-root',
  );
  t.equal((await get(socket, '/_ping')).body, 'OK', 'the first is not disturbed');
  t.equal(await stop(daemon), 0);
  t.notOk(existsSync(socket));
  t.notOk(existsSync(join(directory, 'exec/skiffd.pid')));
});

t.test('down in order while a library waits for the same signal', root, async (t) => {
  const { args, socket, directory } = place(t);
  // signal-exit, which execa has: alone with a signal, it sends it once more.
  const lone = "process.listenerCount('SIGTERM') === 1 && process.kill(process.pid, 'SIGKILL')";
  const library = join(directory, 'library.mjs');
  writeFileSync(library, `process.on('SIGTERM', () => setImmediate(() => ${lone}));`);
  const daemon = await ready(start(t, args, { NODE_OPTIONS: `--import=${library}` }));
  t.equal(await stop(daemon), 0);
  t.notOk(existsSync(socket));
});

t.test('up again after SIGKILL: the lock and the socket that remain are no obstacle', root, async (t) => {
  const { socket, args } = place(t);
  const first = await ready(start(t, args));
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  t.ok(existsSync(socket));
  const second = await ready(start(t, args));
  const { ID } = JSON.parse((await get(socket, '/info')).body);
  await stop(second);
  const third = await ready(start(t, args));
  t.equal(JSON.parse((await get(socket, '/info')).body).ID, ID, 'the engine keeps its id');
  await stop(third);
});

t.test('a socket that somebody answers on is not taken away', root, async (t) => {
  const { socket, args } = place(t);
  const other = createServer().listen(socket);
  await once(other, 'listening');
  t.teardown(() => other.close());
  t.match(await refused(t, args), /is in use: another daemon is listening there/);
  t.ok(existsSync(socket));
});

t.test('told to stop while it comes up, and once more', root, async (t) => {
  const { directory, args } = place(t);
  const instance = `t${randomBytes(3).toString('hex')}`;
  const bridge = ['--instance', instance, '--bip', `10.127.${randomBytes(1)[0]}.1/24`];
  const { child, said } = start(t, [...args.filter((arg) => arg !== '--bridge=none'), ...bridge]);
  const ended = once(child, 'exit');
  await waitUntil('it has begun', () => existsSync(join(directory, 'exec/netns')));
  child.kill('SIGTERM');
  child.kill('SIGINT');
  t.strictSame(await ended, [0, null], said());
  const left = `${execFileSync('ip', ['-o', 'link'])}${execFileSync('nft', ['list', 'tables'])}`;
  t.notMatch(left, new RegExp(instance), 'and leaves nothing');
});

t.test('TCP without client certificates is refused, unless asked for by its long name', root, async (t) => {
  const { args, socket } = place(t);
  const tcp = [...args, '-H', 'tcp://127.0.0.1:0'];
  t.match(
    await refused(t, tcp),
    /refusing to listen on tcp:\/\/127\.0\.0\.1:0: whoever can connect would be root/,
  );
  t.notOk(existsSync(socket), 'and what was opened before is closed');
  const daemon = await ready(start(t, [...tcp, '--allow-unauthenticated-tcp']));
  t.equal((await get(socket, '/_ping')).body, 'OK');
  await stop(daemon);
});

t.test('systemd: a socket handed over, and READY, RELOADING, STOPPING', root, async (t) => {
  const { args, socket, directory } = place(t);
  const notices = join(directory, 'notify');
  const heard: string[] = [];
  // Node has no unix datagram socket; Python writes down what comes.
  const ear = spawn('python3', ['-c', LISTEN, notices], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => ear.kill());
  ear.stdout.on('data', (chunk) => heard.push(String(chunk)));
  await waitUntil('the ear listens', () => existsSync(notices));
  const roots = args.slice(0, -2);
  const handOver = `exec 3<&0; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"`;
  const listening = createServer().listen(socket);
  await once(listening, 'listening');
  const { fd } = (listening as unknown as { _handle: { fd: number } })._handle;
  const child = spawn('sh', ['-c', handOver, 'sh', skiffd, ...roots, '-H', 'fd://'], {
    stdio: [fd, 'pipe', 'pipe'],
    env: { ...process.env, NOTIFY_SOCKET: notices },
  });
  t.teardown(() => endNow(child));
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      text += chunk;
    });
  const daemon = await ready({ child, said: () => text });
  listening.close();
  await waitUntil('READY', () => heard.join('').includes('READY=1'));
  child.kill('SIGHUP');
  await waitUntil('reloaded', () => /RELOADING=1\nMONOTONIC_USEC=\d+READY=1/.test(heard.join('')));
  t.equal(await stop(daemon), 0);
  await waitUntil('STOPPING', () => heard.join('').endsWith('STOPPING=1'));
});

t.test('SIGHUP reads the file again', root, async (t) => {
  const { args, socket, directory } = place(t);
  const file = join(directory, 'daemon.json');
  writeFileSync(file, JSON.stringify({ labels: ['a=b'] }));
  const daemon = await ready(start(t, [...args, '--config-file', file]));
  const info = async () => JSON.parse((await get(socket, '/info')).body);
  t.match(await info(), { Labels: ['a=b'], Debug: false });
  writeFileSync(file, JSON.stringify({ labels: ['c=d'], debug: true, mtu: 1400 }));
  daemon.child.kill('SIGHUP');
  await waitUntil('reloaded', () => daemon.said().includes('configuration reloaded'));
  t.match(daemon.said(), /"changed":\["logLevel","labels"\],"waiting":\["mtu"\]/);
  t.match(await info(), { Labels: ['c=d'], Debug: true });
  writeFileSync(file, '{');
  daemon.child.kill('SIGHUP');
  await waitUntil('refused', () => daemon.said().includes('configuration not reloaded'));
  t.match(await info(), { Labels: ['c=d'], Debug: true }, 'a broken file changes nothing');
  const { body } = await get(socket, '/events?since=0&until=1');
  t.equal(body, '');
  await stop(daemon);
});

t.test('going down: who waits for an answer gets it, who follows a stream is let go', root, async (t) => {
  const { args, socket } = place(t);
  const daemon = await ready(start(t, args));
  const followed = request({ socketPath: socket, path: '/events' }).end();
  const [events] = (await once(followed, 'response')) as [IncomingMessage];
  const cut = new Promise((resolve) => events.on('error', resolve));
  events.resume();
  const headers = { 'content-type': 'application/json' };
  const slow = request({ socketPath: socket, path: '/volumes/create', method: 'POST', headers });
  slow.setHeader('Content-Length', 2).write('{');
  await waitUntil('the request is under way', () => slow.socket?.connecting === false);
  daemon.child.kill('SIGTERM');
  await waitUntil('it is going', () => daemon.said().includes('stopping'));
  slow.end('}');
  const [answer] = (await once(slow, 'response')) as [IncomingMessage];
  t.equal(answer.statusCode, 201);
  answer.resume();
  t.match(await cut, { code: 'ECONNRESET' });
  const began = performance.now();
  if (daemon.child.exitCode === null) await once(daemon.child, 'exit');
  t.equal(daemon.child.exitCode, 0);
  t.ok(performance.now() - began < 5000, 'long before the grace is over');
});

t.test('words of the command line', async (t) => {
  const help = start(t, ['--help']);
  const [code] = await once(help.child, 'exit');
  t.equal(code, 0);
  t.match(help.said(), /Usage: {2}skiffd \[OPTIONS\][\s\S]*-H, --host list/);
  t.match(await refused(t, ['--nope']), /^skiffd: .*nope/);
});
