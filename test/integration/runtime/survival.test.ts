/** A daemon is killed while containers write, end, and start; the next one finds each as it is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { newId } from '../../../src/core/ids.ts';
import { findProcess } from '../../../src/kernel/process.ts';
import { readLog } from '../../../src/runtime/log/read.ts';
import {
  all,
  Client,
  EXEC_ROOT_PREFIX,
  INSTANCE,
  lacking,
  makeProcess,
  makeRootfs,
  openFixtureAt,
} from './fixture.ts';
import type { SurvivorRequest } from './survivor.ts';

const ROUNDS = Number(process.env.SURVIVAL_ROUNDS ?? 3);
/** Writes so many lines, then ends with this code. */
const writer = (lines: number, code: number) => ['sh', '-c', `seq ${lines}; exit ${code}`];
/** Writes a line each 10 ms or so until it is told to end. */
const TICKER = ['sh', '-c', 'trap "exit 5" TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done'];

t.test('a daemon that is killed', { skip: lacking() }, async (t) => {
  for (let round = 0; round < ROUNDS; round++) {
    await t.test(`while containers write and end, round ${round}`, async (t) => {
      const world = prepare(t);
      const ended = world.container(writer(20_000, 7));
      const running = world.container(TICKER);
      const daemon = await world.daemon([ended, running], 2);
      await sleep(Math.random() * 60);
      daemon.process.kill('SIGKILL');
      await once(daemon.process, 'exit');
      await sleep(Math.random() * 200);

      const { tasks } = await openFixtureAt(t, world.execRoot, world.directory);
      const first = await tasks.restore(ended.id);
      const exit = first && 'task' in first ? await first.task.exited : first?.exit;
      t.equal(exit?.code, 7, 'the exit code of what ended meanwhile');
      t.strictSame(await linesOf(ended.log), 20_000, 'not a line is missing or doubled');

      const second = await tasks.restore(running.id);
      if (!second || !('task' in second)) return t.fail('the survivor was not found');
      const { task } = second;
      t.equal(task.pid, daemon.pids.get(running.id), 'the survivor has its pid');
      const client = new Client();
      const attachment = await task.attach(all(client));
      const exec = await task.exec({
        ...{ id: newId(), process: makeProcess(['sh', '-c', 'exit 3']) },
        ...{ stdin: false, stdout: true, stderr: true, client: new Client() },
      });
      t.equal((await exec.exited).code, 3, 'exec works on the survivor');
      while (!client.text.includes('\n')) await sleep(5);
      task.kill(15);
      t.equal((await task.exited).code, 5, 'it can be stopped, and its exit code is seen');
      t.equal(await attachment.done, 'output-ended');
      t.ok((await linesOf(running.log)) > 1, 'its log is whole');
      await task.delete();
    });
  }

  await t.test('while containers start', async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const world = prepare(t);
      const containers = [1, 2, 3, 4].map(() => world.container(TICKER));
      const daemon = await world.daemon(containers, 0);
      await sleep(Math.random() * 80);
      daemon.process.kill('SIGKILL');
      await once(daemon.process, 'exit');
      const { tasks } = await openFixtureAt(t, world.execRoot, world.directory);
      for (const { id } of containers) {
        const restored = await tasks.restore(id);
        if (restored === undefined) {
          t.notOk(hasProcess(id), 'a start that came to nothing left no process');
          continue;
        }
        if (!('task' in restored)) return t.fail(`ended with ${restored.exit.code} by itself`);
        restored.task.kill(9);
        t.equal(
          (await restored.task.exited).code,
          137,
          'a start that was answered by nobody runs and can be ended',
        );
        await restored.task.delete();
      }
    }
  });

  await t.test('an exit is found again until it is forgotten', async (t) => {
    const world = prepare(t);
    const container = world.container(writer(1, 9));
    const daemon = await world.daemon([container], 1);
    daemon.process.kill('SIGKILL');
    await once(daemon.process, 'exit');
    await sleep(200);
    const { tasks } = await openFixtureAt(t, world.execRoot, world.directory);
    for (const _ of [1, 2])
      t.match(await tasks.restore(container.id), { exit: { code: 9, oomKilled: false } });
    await tasks.forget(container.id);
    t.equal(await tasks.restore(container.id), undefined);
  });
});

function prepare(t: Test) {
  const execRoot = mkdtempSync(EXEC_ROOT_PREFIX);
  const directory = t.testdir();
  const rootfs = makeRootfs(directory);
  return {
    execRoot,
    directory,
    container: (args: string[]) => {
      const id = newId();
      return { id, args, log: join(directory, `${id}.log`) };
    },
    daemon: (containers: SurvivorRequest['containers'], started: number) =>
      startDaemon({ execRoot, instance: INSTANCE, rootfs, containers }, started),
  };
}

/** Resolves when so many containers have been reported as started. */
async function startDaemon(
  request: SurvivorRequest,
  started: number,
): Promise<{ process: ChildProcess; pids: Map<string, number> }> {
  const program = join(import.meta.dirname, 'survivor.ts');
  const child = spawn(process.execPath, [program, JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids = new Map<string, number>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [id = '', pid] = line.split(' ');
    if (pid !== undefined) pids.set(id, Number(pid));
    if (pids.size >= started) break;
  }
  return { process: child, pids };
}

/** The number of lines, which are to be 1, 2, 3 …; throws where they are not. */
async function linesOf(log: string): Promise<number> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readLog(log, { stdout: true, stderr: true })) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().trimEnd().split('\n');
  for (const [index, line] of lines.entries()) {
    if (Number(line) !== index + 1) throw new Error(`line ${index + 1} of ${log} is ${line}`);
  }
  return lines.length;
}

/** A shim, a runc or a wrapper of this container. */
function hasProcess(id: string): boolean {
  return findProcess((argv) => argv.includes(id)) !== undefined;
}
