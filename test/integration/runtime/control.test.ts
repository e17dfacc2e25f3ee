/** Signals, freezing, limits, counters, and the kernel's out-of-memory killer, on the control groups of this host. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { isAlive, nameProcess } from '../../../src/kernel/process.ts';
import { INSTANCE, lacking, makeProcess, makeSpec, openFixture } from './fixture.ts';

const MEGABYTE = 1024 * 1024;

t.test('control', { skip: lacking() }, async (t) => {
  const { tasks, request } = await openFixture(t);
  const limited = (args: string[]) => {
    const spec = makeSpec(makeProcess(args));
    spec.linux.resources = { ...spec.linux.resources, memory: { limit: 64 * MEGABYTE }, pids: { limit: 20 } };
    return request(args, { spec: () => spec });
  };

  await t.test('pause and resume', async (t) => {
    const { task } = await tasks.start(request(['sh', '-c', 'while :; do :; done']));
    const used = () => task.stats().cpu.total;
    await task.pause();
    const before = used();
    await sleep(60);
    t.ok(used() - before < 5e6, 'a paused container uses no time');
    await task.resume();
    await sleep(60);
    t.ok(used() - before > 5e6, 'a resumed one does');
    const frozen = `/sys/fs/cgroup/freezer/${INSTANCE}/frozen/freezer.state`;
    if (existsSync('/sys/fs/cgroup/freezer'))
      t.equal(readFileSync(frozen, 'latin1'), 'FROZEN\n', 'a group stays frozen: the next pause is cheap');
    task.kill(9);
    t.equal((await task.exited).code, 137);
    await task.delete();
  });

  await t.test('a pause in the very moment of the start', async (t) => {
    for (let round = 0; round < 15; round++) {
      const { task } = await tasks.start(request(['sleep', '60']));
      await t.resolves(task.pause());
      await task.resume();
      task.kill(9);
      await task.exited;
      await task.delete();
    }
  });

  await t.test('a signal in the very moment of the start meets the program, not runc', async (t) => {
    for (let round = 0; round < 15; round++) {
      const { task } = await tasks.start(request(['sleep', '0.1']));
      task.kill(15);
      t.equal(
        (await task.exited).code,
        0,
        'the first process of a container ignores what it does not handle',
      );
      await task.delete();
    }
  });

  await t.test('signals', async (t) => {
    const { task } = await tasks.start(
      request(['sh', '-c', 'trap "exit 12" TERM; echo up; while :; do sleep 0.01; done']),
    );
    await sleep(30);
    task.kill(15);
    t.equal((await task.exited).code, 12);
    task.kill(15);
    await task.delete();
  });

  await t.test('counters and live limits', async (t) => {
    const { task } = await tasks.start(limited(['sleep', '600']));
    const { memory, pids, cpu } = task.stats();
    t.equal(memory.limit, 64 * MEGABYTE);
    t.match(pids, { current: 1, limit: 20 });
    t.ok(memory.usage > 0 && cpu.total > 0);
    t.strictSame(task.pids(), [task.pid]);
    await task.update({ memory: { limit: 32 * MEGABYTE }, pids: { limit: 30 } });
    t.match(task.stats(), { memory: { limit: 32 * MEGABYTE }, pids: { limit: 30 } });
    for (const [controller, path] of Object.entries(task.cgroups())) t.match(path, task.id, controller);
    task.kill(9);
    await task.exited;
    await task.delete();
    t.notMatch(readFileSync('/proc/self/cgroup', 'utf8'), task.id);
  });

  await t.test('out of memory', async (t) => {
    const { task } = await tasks.start(limited(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1']));
    t.match(await task.exited, { code: 137, oomKilled: true });
    await task.delete();
  });

  await t.test('out of memory, and the container goes on', async (t) => {
    const hog = 'dd if=/dev/zero of=/dev/null bs=200M count=1';
    const { task } = await tasks.start(
      limited(['sh', '-c', `sleep 0.1; ${hog}; sleep 0.1; ${hog}; sleep 0.1; exit 3`]),
    );
    let times = 0;
    task.onOom(() => times++);
    t.match(await task.exited, { code: 3, oomKilled: true });
    t.equal(times, 2);
    await task.delete();
  });

  await t.test("with the host's pid namespace nothing outlives the first process", async (t) => {
    const args = ['sh', '-c', 'sleep 600 & sleep 600 & exit 0'];
    const spec = makeSpec(makeProcess(args));
    spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== 'pid');
    const { task } = await tasks.start(request(args, { spec: () => spec }));
    t.equal((await task.exited).code, 0);
    const left = task.pids().map(nameProcess);
    t.equal(left.length, 2);
    await task.delete();
    await sleep(20);
    for (const name of left) t.notOk(name && isAlive(name));
  });

  await t.test('no group is left', async (t) => {
    await tasks.close();
    t.strictSame(globSync(`/sys/fs/cgroup/{,*/}${INSTANCE}`), []);
  });
});
