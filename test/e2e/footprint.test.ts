/** What the engine costs: start-up time, memory of the idle daemon and of each running container. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import t from 'tap';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode } from '../harness/client.ts';
import { pss } from '../harness/memory.ts';
import { pace } from '../harness/pace.ts';
import { checkout, skiffd as program } from '../harness/paths.ts';
import { processes } from '../harness/processes.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';

const MB = 1e6;
const CONTAINERS = 10;

t.test('what a boot does not need is not loaded', async (t) => {
  const tell = join(checkout, 'test/fixtures/loaded-modules.cjs');
  // By env(1), for tap adds a preload of its own to what a test starts.
  const clean = ['-i', `PATH=${process.env.PATH}`, `NODE_OPTIONS=--require=${tell}`];
  const { stdout } = await execa('env', [...clean, program, '--version']);
  const loaded = stdout.split('\n');
  for (const name of ['http', 'net']) t.ok(loaded.includes(`NativeModule ${name}`), name);
  for (const name of ['child_process', 'dgram', 'dns', 'http2', 'https', 'tls', 'zlib'])
    t.notOk(loaded.includes(`NativeModule ${name}`), name);
});

const skip = requires('root', 'runc', 'conmon', 'overlay');
if (skip) t.pass('footprint', { skip });
else
  t.test('footprint', async (t) => {
    const skiffd = await startSkiffd();
    t.teardown(() => skiffd.close());
    const docker = dockerode(skiffd);
    const loaded = (await docker.loadImage(createReadStream(await builtinImage()))) as NodeJS.ReadableStream;
    await finished(loaded.resume());

    await skiffd.stop();
    const started = await skiffd.start();
    t.ok(started < 1000 * pace(), `answers ${Math.round(started)} ms after it was started`);

    // What the start left for the garbage collector goes with the first quiet moments.
    let idle = pss(skiffd.pid);
    for (let look = 0; idle >= 100 * MB && look < 50; look++) {
      await sleep(100);
      idle = pss(skiffd.pid);
    }
    t.ok(idle < 100 * MB, `idle: ${(idle / MB).toFixed(1)} MB`);

    const containers = await Promise.all(
      Array.from({ length: CONTAINERS }, () =>
        docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '600'] }),
      ),
    );
    for (const container of containers) await container.start();
    const shims = shimsOf(skiffd.execRoot);
    t.equal(shims.length, CONTAINERS, 'one shim for each container');
    const perContainer = shims.reduce((sum, pid) => sum + pss(pid), 0) / CONTAINERS;
    t.ok(perContainer < 1.5 * MB, `per running container: ${(perContainer / MB).toFixed(2)} MB`);
  });

/** Processes that name the daemon's exec-root on their command line, conmon that is. */
function shimsOf(execRoot: string): number[] {
  return processes()
    .filter(
      ({ command: [program = '', ...args] }) =>
        program.endsWith('conmon') && args.some((arg) => arg.startsWith(execRoot)),
    )
    .map(({ pid }) => pid);
}
