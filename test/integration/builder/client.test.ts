/** What only the client's machine has: secrets and the SSH agent. */
import { globSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
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
    asked.on('error', reject).on('upgrade', (_answer, taken, head) => {
      // The engine may begin in the same breath: what came behind its answer is the session's.
      taken.unshift(head);
      resolve(taken);
    });
    asked.on('response', (answer) => reject(new Error(`status ${answer.statusCode}`)));
    asked.end();
  });
  server.emit('connection', connection);
  t.teardown(() => connection.destroy());
  return state;
}
