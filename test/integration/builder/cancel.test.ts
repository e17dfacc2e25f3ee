/** A build that is not wanted any more ends, and leaves nothing. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { processes } from '../../harness/processes.ts';
import { requires } from '../../harness/requires.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { overlaid, readImage } from './archive.ts';
import { Engine } from './engine.ts';
import { leftovers, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

t.test('cancelled', { skip }, async (t) => {
  const { skiffd, engine } = await openFixture(t);
  const sleeping = () => processes().some(({ command }) => command.join(' ') === 'sleep 54321');
  const context = tarOf({ Dockerfile: 'FROM base:1\nRUN sleep 54321' });

  await t.test('by a client that hangs up', async (t) => {
    const gone = new AbortController();
    const build = engine
      .build(context, { networkmode: 'none' }, gone.signal)
      .catch((error: Error) => error.name);
    await waitUntil('the step runs', () => sleeping(), { timeout: 20_000 });
    gone.abort();
    t.equal(await build, 'AbortError');
    await waitUntil('nothing is left', () => !sleeping() && leftovers(skiffd).length === 0, {
      timeout: 20_000,
    });
  });
  await t.test('by its id', async (t) => {
    const other = new Engine(skiffd.socket);
    t.teardown(() => other.close());
    const build = engine.build(context, { networkmode: 'none', buildid: 'mine' });
    await waitUntil('the step runs', () => sleeping(), { timeout: 20_000 });
    await other.json('POST', '/build/cancel?id=mine');
    t.match(await build, { error: /cancelled/ });
    t.equal(sleeping(), false);
    await other.json('POST', '/build/cancel?id=mine');
    await t.rejects(other.json('POST', '/build/cancel'), { message: /400.*build ID not provided/ });
  });
  await t.test(
    'while it sends its context: what is left of that is read, and the connection goes on',
    async (t) => {
      const client = connect(skiffd.socket);
      t.teardown(() => client.destroy());
      let heard = '';
      client.setEncoding('utf8').on('data', (text) => {
        heard += text;
      });
      const size = 8 << 20;
      client.write(`POST /build?buildid=slow HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`);
      client.write(tarOf({ Dockerfile: 'FROM scratch', f: 'x' }));
      const scratch = () => leftovers(skiffd).length > 0;
      await waitUntil('the context comes', scratch, { timeout: 20_000 });
      await engine.json('POST', '/build/cancel?id=slow');
      await waitUntil('it is told', () => heard.includes('the build was cancelled'), { timeout: 20_000 });
      client.write(Buffer.alloc(size - tarOf({ Dockerfile: 'FROM scratch', f: 'x' }).length));
      client.write('GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n');
      await waitUntil('the connection goes on', () => heard.endsWith('OK'), { timeout: 20_000 });
      t.match(heard, /^HTTP\/1.1 499 /);
    },
  );
  await t.test('at any moment, by the client or by the end of the daemon', async (t) => {
    const files: Record<string, string> = {};
    for (let n = 0; n < 400; n++) files[`big/d${n % 20}/f${n}`] = 'x'.repeat(1000);
    const all = (n: number) =>
      tarOf({
        Dockerfile: [
          `FROM base:1 AS a\nRUN echo ${n} > /a && dd if=/dev/zero of=/z bs=1M count=8 2> /dev/null\nCOPY big /big`,
          'FROM base:1 AS b\nRUN --mount=type=cache,target=/c --mount=from=a,target=/m,rw cp /m/a /c/a && touch /m/x && sleep 0.1\nADD in.tar.gz /in/',
          'FROM base:1\nCOPY --from=a --link /big /copied\nCOPY --from=b /in /in\nRUN rm -r /copied && ls / > /ls',
        ].join('\n'),
        'in.tar.gz': gzipSync(tarOf(files)),
        ...files,
      });
    const mounted = () => readFileSync('/proc/mounts', 'utf8').includes(`${skiffd.dataRoot}/build`);
    for (const [round, ms] of [10, 150, 400, 800, 1300].entries()) {
      const client = new Engine(skiffd.socket);
      const gone = new AbortController();
      const build = client.build(all(round), { networkmode: 'none' }, gone.signal).catch(() => 'cut off');
      await sleep(ms);
      if (round % 2 === 0) gone.abort();
      else await skiffd.crash();
      await build;
      await client.close();
      if (round % 2 === 1) await skiffd.start();
      await waitUntil(`nothing is left after ${ms} ms`, () => leftovers(skiffd).length === 0 && !mounted(), {
        timeout: 20_000,
      });
    }
    const client = new Engine(skiffd.socket);
    t.teardown(() => client.close());
    const whole = await client.build(all(1), { networkmode: 'none', t: 'whole' });
    t.equal(whole.error, undefined);
    const { layers } = await readImage(await client.save('whole'));
    const tree = overlaid(layers.slice(1));
    t.equal(
      Object.keys(tree).filter((path) => /^in\/.*f\d+$/.test(path)).length,
      400,
      'nothing half is in the cache',
    );
    t.equal(tree.ls?.includes('copied'), false);
  });
  await t.test('with the daemon: the next one ends what ran', async (t) => {
    engine.build(context, { networkmode: 'none' }).catch(() => {});
    await waitUntil('the step runs', () => sleeping(), { timeout: 20_000 });
    await skiffd.crash();
    await skiffd.start();
    t.equal(sleeping(), false);
    t.same(leftovers(skiffd), []);
  });
});
