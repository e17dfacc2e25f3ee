/** A build that is not wanted any more ends, and leaves nothing. */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { requires } from '../../harness/requires.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { Engine } from './engine.ts';
import { leftovers, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

t.test('cancelled', { skip }, async (t) => {
  const { skiffd, engine } = await openFixture(t);
  const sleeping = () => execFileSync('sh', ['-c', 'pgrep -fx "sleep 54321" || true']).toString().trim();
  const context = tarOf({ Dockerfile: 'FROM base:1\nRUN sleep 54321' });

  await t.test('by a client that hangs up', async (t) => {
    const gone = new AbortController();
    const build = engine
      .build(context, { networkmode: 'none' }, gone.signal)
      .catch((error: Error) => error.name);
    await waitUntil('the step runs', () => sleeping() !== '', { timeout: 20_000 });
    gone.abort();
    t.equal(await build, 'AbortError');
    await waitUntil('nothing is left', () => sleeping() === '' && leftovers(skiffd).length === 0, {
      timeout: 20_000,
    });
  });
  await t.test('by its id', async (t) => {
    const other = new Engine(skiffd.socket);
    t.teardown(() => other.close());
    const build = engine.build(context, { networkmode: 'none', buildid: 'mine' });
    await waitUntil('the step runs', () => sleeping() !== '', { timeout: 20_000 });
    await other.json('POST', '/build/cancel?id=mine');
    t.match(await build, { error: /cancelled/ });
    t.equal(sleeping(), '');
    await t.rejects(other.json('POST', '/build/cancel?id=mine'), { message: /404/ });
  });
  await t.test('with the daemon: the next one ends what ran', async (t) => {
    engine.build(context, { networkmode: 'none' }).catch(() => {});
    await waitUntil('the step runs', () => sleeping() !== '', { timeout: 20_000 });
    await skiffd.crash();
    await skiffd.start();
    t.equal(sleeping(), '');
    t.same(leftovers(skiffd), []);
  });
});
