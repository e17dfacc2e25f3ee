// A person at a container: sessions that end at every possible moment.

import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { pump } from '../../../src/cli/stream/pump.ts';
import { runSession } from '../../../src/cli/stream/session.ts';
import { recordingWorld } from './fake-engine.ts';

/** Two ends of one connection. */
async function connection(t: Test): Promise<{ near: Socket; far: Socket }> {
  const path = join(tmpdir(), `skiff-session-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const near = dial({ path, allowHalfOpen: true });
  near.pause();
  const far = await accepted;
  t.teardown(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

const options = { tty: true, stdin: true, stdout: true, stderr: true, detachKeys: '' };

t.test('the container ends while the terminal is being made raw', async (t) => {
  const { near, far } = await connection(t);
  const { world, printed } = recordingWorld('', {});
  let restored = 0;
  const enterRawMode = async () => {
    far.end('bye\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    return () => {
      restored++;
    };
  };
  t.equal(await runSession({ socket: near, ...options }, { ...world, enterRawMode }), 'ended');
  t.equal(printed().stdout, 'bye\n');
  t.equal(restored, 1);
});

t.test('the container has ended before anybody looks', async (t) => {
  const { near, far } = await connection(t);
  far.end();
  near.resume();
  await new Promise((resolve) => near.once('end', resolve));
  await pump(near, () => undefined);
  t.equal(await runSession({ socket: near, ...options }, recordingWorld('', {}).world), 'ended');
});

t.test('nothing is taken before the terminal is ready', async (t) => {
  const { near, far } = await connection(t);
  far.end('text');
  let ready = false;
  const seen: boolean[] = [];
  const raw = new Promise<void>((resolve) =>
    setTimeout(() => {
      ready = true;
      resolve();
    }, 50),
  );
  const take = () => {
    seen.push(ready);
    return undefined;
  };
  await pump(near, take, raw);
  t.strictSame(seen, [true]);
});
