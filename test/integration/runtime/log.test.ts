/** The log of a running container: rotated, followed, read from its end, with nothing lost or doubled. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type ReadLogOptions, readLog } from '../../../src/runtime/log/read.ts';
import { lacking, openFixture } from './fixture.ts';

const LINES = 300_000;

t.test('log', { skip: lacking() }, async (t) => {
  const { tasks, request, directory } = await openFixture(t);
  const read = async (path: string, options: Partial<ReadLogOptions>) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readLog(path, { stdout: true, stderr: true, ...options })) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => `${from + n}\n`).join('');

  await t.test('followed over rotations', async (t) => {
    const log = { path: join(directory, 'rotated'), maxSize: 1_000_000, maxFiles: 100 };
    const { task } = await tasks.start(request(['seq', String(LINES)], { log }));
    const [fast, late] = await Promise.all([
      read(log.path, { follow: task.exited }),
      sleep(50).then(() => read(log.path, { follow: task.exited })),
    ]);
    const expected = numbers(1, LINES);
    t.ok(fast === expected, 'from the beginning');
    t.ok(late === expected, 'and by one who came later');
    t.ok(existsSync(`${log.path}.1`), 'there were rotations');
    t.ok((await read(log.path, {})) === expected, 'all of it afterwards');
    t.equal(await read(log.path, { tail: 3 }), numbers(LINES - 2, LINES));
    t.ok((await read(log.path, { tail: 200_000 })) === numbers(LINES - 199_999, LINES), 'a tail over files');
    await task.delete();
  });

  await t.test('bounded', async (t) => {
    const log = { path: join(directory, 'bounded'), maxSize: 500_000, maxFiles: 2 };
    const { task } = await tasks.start(request(['seq', String(LINES)], { log }));
    await task.exited;
    t.notOk(existsSync(`${log.path}.2`));
    t.ok(statSync(`${log.path}.1`).size < 5_000_000);
    t.match(await read(log.path, {}), new RegExp(`${LINES}\n$`));
    await task.delete();
  });

  await t.test('goes on in the same file when started again', async (t) => {
    const log = { path: join(directory, 'twice'), maxSize: 1e6, maxFiles: 2 };
    for (const word of ['first', 'second']) {
      const { task } = await tasks.start(request(['echo', word], { log }));
      await task.exited;
      await task.delete();
    }
    t.equal(await read(log.path, {}), 'first\nsecond\n');
  });

  await t.test('a follower sees a line when it is written, and can leave', async (t) => {
    const log = { path: join(directory, 'live'), maxSize: 1e6, maxFiles: 2 };
    const { task } = await tasks.start(request(['sh', '-c', 'echo up; sleep 600'], { log }));
    const gone = new AbortController();
    let text = '';
    const options = { stdout: true, stderr: true, follow: task.exited, signal: gone.signal };
    for await (const chunk of readLog(log.path, options)) {
      text += Buffer.from(chunk);
      gone.abort();
    }
    t.equal(text, 'up\n');
    task.kill(9);
    await task.exited;
    await task.delete();
  });
});
