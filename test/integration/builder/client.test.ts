/** What only the client's machine has: secrets and the SSH agent. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect as connect2, createServer as createHttp2Server } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { cli } from '../../harness/client.ts';
import { skiff as skiffCommand } from '../../harness/paths.ts';
import { requires } from '../../harness/requires.ts';
import type { Skiffd } from '../../harness/skiffd.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { overlaid, readImage } from './archive.ts';
import { cachedSteps, leftovers, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

t.test("what is the client's", { skip }, async (t) => {
  const { skiffd, build, engine } = await openFixture(t);
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
  await t.test('with the command line', (t) => driveCommandLine(t, skiffd));
  await t.test('BuildKit is told that there is none', (t) => askForBuildKit(t, skiffd));
  t.same(leftovers(skiffd), []);
});

async function driveCommandLine(t: Test, skiffd: Skiffd): Promise<void> {
  const context = t.testdir({
    Dockerfile: [
      'FROM base:1 AS build',
      'RUN mkdir /o && echo made > /o/f && chown 5:6 /o/f && chmod 4750 /o/f && ln -s f /o/l && mkfifo /o/p',
      'RUN dd if=/dev/zero of=/o/holes bs=1M seek=3 count=0 2> /dev/null',
      'FROM base:1 AS secrets',
      'RUN --mount=type=secret,id=file --mount=type=secret,id=env cat /run/secrets/file /run/secrets/env',
      'FROM base:1 AS agent',
      'RUN --mount=type=ssh,id=k test -S "$SSH_AUTH_SOCK" && sleep 3',
      'FROM scratch AS files',
      'COPY --from=build /o /',
    ].join('\n'),
    secret: 'in a file\n',
  });
  const at = (name: string) => join(context, name);
  const skiff = cli(skiffCommand, skiffd, { env: { VARIABLE: 'in a variable\n' } });
  const build = (...args: string[]) => skiff('build', '--network', 'none', ...args, context);

  t.match(
    await build(
      '--target',
      'secrets',
      '--secret',
      `id=file,src=${at('secret')}`,
      '--secret',
      'id=env,env=VARIABLE',
    ),
    {
      code: 0,
      stdout: /in a file\nin a variable\n/,
    },
  );
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('key')]);
  const building = build('--target', 'agent', '--ssh', `k=${at('key')}`);
  const sockets = () => globSync(join(skiffd.execRoot, 'build/*/agent'));
  await waitUntil('the socket is there', () => sockets().length === 1, { timeout: 20_000 });
  const env = { ...process.env, SSH_AUTH_SOCK: sockets()[0] };
  t.match(execFileSync('ssh-add', ['-l'], { env, encoding: 'utf8' }), /^256 SHA256:.*\(ED25519\)\n$/);
  t.match(await building, { code: 0 });

  t.match(await build('-o', at('tree')), { code: 0, stderr: /special file: p\n$/ });
  t.equal(readFileSync(at('tree/f'), 'utf8'), 'made\n');
  t.equal(readlinkSync(at('tree/l')), 'f');
  t.match(statSync(at('tree/f')), { mode: 0o104750, uid: 5, gid: 6 });
  t.ok(readFileSync(at('tree/holes')).equals(Buffer.alloc(3 << 20)));
  t.match(await build('-q', '-o', `type=tar,dest=${at('tree.tar')}`), { code: 0, stdout: '' });
  t.match(execFileSync('tar', ['tf', at('tree.tar')], { encoding: 'utf8' }), /^\.\/\nf\nholes\nl\np\n$/);

  const id = at('id');
  const oci = await build('--iidfile', id, '-t', 'archived:1', '-o', `type=oci,dest=${at('image.tar')}`);
  t.equal(oci.code, 0, oci.stderr);
  t.notMatch(await skiff('images'), { stdout: /archived/ }, 'it is not stored');
  t.match(await skiff('load', '-i', at('image.tar')), { code: 0, stdout: /Loaded image: archived:1/ });
  t.equal((await skiff('images', '-q', '--no-trunc', 'archived:1')).stdout.trim(), readFileSync(id, 'utf8'));

  const rows: [string[], RegExp][] = [
    [['-o', 'type=tar,dest=/nonexistent/x'], /could not take the output: ENOENT/],
    [['-o', 'type=tar,dest=/dev/full'], /could not take the output: ENOSPC/],
    [['-o', 'type=registry'], /not supported: the types are/],
    [['-o', `type=tar,dest=${context}`], /destination is a directory/],
    [['-o', 'type=local'], /requires a destination/],
    [['--secret', 'src=x'], /secret missing ID/],
    [['--secret', 'id=x,src=/nonexistent'], /failed to stat \/nonexistent: no such file or directory/],
    [['--secret', 'id=x,what=y'], /unexpected key 'what' in 'what=y'/],
    [['--ssh', 'default'], /invalid empty ssh agent socket/],
    [['--ssh', 'k=/nonexistent'], /failed to open \/nonexistent/],
    [['--progress', 'loud'], /invalid progress mode loud/],
  ];
  for (const [args, stderr] of rows)
    t.match(await build('-q', ...args), { code: 1, stdout: '', stderr }, args.join(' '));
  // At once: some are refused in the midst of what is sent.
  const refused = Array.from({ length: 6 }, () => build('-q', '-o', 'type=tar,dest=/nonexistent/x'));
  for (const answer of await Promise.all(refused))
    t.match(answer, { code: 1, stderr: /could not take the output: ENOENT/ });
}

/** As BuildKit's clients do: they print the message of a call, not the body of a refused upgrade. */
async function askForBuildKit(t: Test, { socket }: Skiffd): Promise<void> {
  const connection = await upgraded(socket, '/v1.50/grpc', { Upgrade: 'h2c' });
  const session = connect2('http://engine', { createConnection: () => connection });
  const call = session.request({ ':method': 'POST', ':path': '/moby.buildkit.v1.Control/ListWorkers' });
  const [headers] = await once(call, 'response');
  session.destroy();
  t.match(headers, { ':status': 200, 'grpc-status': '12' });
  t.match(decodeURIComponent(headers['grpc-message']), /BuildKit is not served.*DOCKER_BUILDKIT=0/);
}

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
  const connection = await upgraded(socket, '/build/session', { Upgrade: 'tcp', 'X-Skiff-Session': id });
  server.emit('connection', connection);
  t.teardown(() => connection.destroy());
  return state;
}

function upgraded(socketPath: string, path: string, headers: Record<string, string>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({
      socketPath,
      method: 'POST',
      path,
      headers: { Connection: 'Upgrade', ...headers },
    });
    asked.on('error', reject).on('upgrade', (_answer, taken, head) => {
      // The engine may begin in the same breath: what came behind its answer belongs to what follows.
      taken.unshift(head);
      resolve(taken);
    });
    asked.on('response', (answer) => reject(new Error(`status ${answer.statusCode}`)));
    asked.end();
  });
}
