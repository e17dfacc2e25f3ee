/**
 * What containers may use, and what they have used, on a host that has nothing but cgroup version 2:
 * `node test/slow/cgroup2/guest.ts node test/slow/cgroup2/cgroup2.test.ts`.
 */
import { createReadStream, existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import t from 'tap';
import { usageOf } from '../../../src/cli/stats/usage.ts';
import { call } from '../../harness/api.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { dockerode, refusal } from '../../harness/client.ts';
import { requires } from '../../harness/requires.ts';
import { startSkiffd } from '../../harness/skiffd.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { groupOf, startBox } from './box.ts';
import { DISCARDED, LIMITED, LIMITED_FILES, UNLIMITED_FILES, UPDATES } from './limits.ts';

// An emulated machine is twenty times as slow.
t.setTimeout(900_000);
const MIB = 2 ** 20;
const tight = { Memory: 20 * MIB, MemorySwap: 20 * MIB };
const hog = 'tail /dev/zero';

const isV2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
const skip = isV2
  ? requires('root', 'runc', 'conmon', 'overlay')
  : 'this host has cgroup version 1: see guest.ts';
if (skip) t.pass('cgroup version 2', { skip });
else {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  await docker.loadImage(createReadStream(await builtinImage())).then((answer) => text(answer as Readable));
  const box = (limits: Docker.HostConfig, script?: string) => startBox(docker, limits, script);

  t.test('what the engine says of itself', async (t) => {
    const info = await docker.info();
    t.match(info, { CgroupVersion: '2', CgroupDriver: 'cgroupfs', OomKillDisable: false, Warnings: [] });
    for (const name of ['MemoryLimit', 'SwapLimit', 'CPUShares', 'CpuCfsQuota', 'CPUSet', 'PidsLimit'])
      t.equal(info[name], true, name);
    t.ok(info.SecurityOptions.includes('name=cgroupns'));
  });

  t.test('limits are what the kernel was told, changed ones too, and after a restart', async (t) => {
    const limited = await box(LIMITED);
    const files = { ...LIMITED_FILES };
    t.strictSame(limited.files(files), files);
    for (const [change, changed] of UPDATES) {
      const answer = await call(
        skiffd.socket,
        'POST',
        `/v1.55/containers/${limited.container.id}/update`,
        change,
      );
      t.match(answer, { status: 200 }, JSON.stringify(change));
      Object.assign(files, changed);
      t.strictSame(limited.files(files), files, JSON.stringify(change));
    }
    await limited.container.restart({ t: 0 });
    t.strictSame(limited.files(files), files);
    const unlimited = await box({});
    t.strictSame(unlimited.files(UNLIMITED_FILES), UNLIMITED_FILES);
    const processors = await box({ NanoCpus: 1.5e9, Memory: 64 * MIB, MemorySwap: -1 });
    t.equal(processors.file('cpu.max'), '150000 100000');
    t.equal(processors.file('memory.swap.max'), 'max');
  });

  t.test('what cannot be limited is told and discarded', async (t) => {
    for (const [field, value, warning, shown] of DISCARDED) {
      const request = { Image: 'busybox', HostConfig: { [field]: value } };
      const { body } = await call(skiffd.socket, 'POST', '/v1.41/containers/create', request);
      const { Id, Warnings } = JSON.parse(body) as { Id: string; Warnings: string[] };
      t.match(Warnings, [warning], field);
      t.equal(Warnings.length, 1);
      const { HostConfig } = await docker.getContainer(Id).inspect();
      t.strictSame((HostConfig as Record<string, unknown>)[field], shown, field);
    }
    t.match(
      await refusal(docker.createContainer({ Image: 'busybox', HostConfig: { CpuRealtimePeriod: 1000 } })),
      {
        statusCode: 400,
        message: 'Your kernel does not support CPU real-time scheduler',
      },
    );
  });

  t.test('out of memory: its first process, a child, a process of an exec', async (t) => {
    const first = await box(tight, `exec ${hog}`);
    t.equal((await first.container.wait()).StatusCode, 137);
    t.match((await first.container.inspect()).State, { OOMKilled: true, ExitCode: 137 });
    t.strictSame((await first.actions()).slice(-2), ['oom', 'die']);

    const parent = await box(tight, `${hog}; echo $?; exec sleep 600`);
    await waitUntil('its child is killed', async () => (await parent.actions()).includes('oom'));
    t.match((await parent.container.inspect()).State, { OOMKilled: true, Running: true });
    t.equal(await parent.said(), '137\n');

    const idle = await box(tight);
    t.equal(await idle.run(`${hog}; echo $?`), '137\n');
    await waitUntil('that is told', async () => (await idle.actions()).includes('oom'));
  });

  t.test('pause: everything but running goes on', async (t) => {
    const paused = await box(tight, 'while :; do :; done');
    const { container } = paused;
    await container.pause();
    t.equal(paused.file('cgroup.freeze'), '1');
    t.match(paused.file('cgroup.events'), /frozen 1/);
    const before = (await paused.sample()).cpu_stats.cpu_usage.total_usage;
    t.equal(
      (await paused.sample({ 'one-shot': true })).cpu_stats.cpu_usage.total_usage,
      before,
      'it uses nothing',
    );
    t.match(await container.top(), { Processes: [Array] });
    t.match(await refusal(paused.run('true')), {
      statusCode: 409,
      message: /is paused, unpause the container/,
    });
    await container.update({ Memory: 30 * MIB, MemorySwap: 30 * MIB });
    t.match([paused.file('cgroup.freeze'), paused.file('memory.max')], ['1', String(30 * MIB)]);
    await container.unpause();
    t.equal(paused.file('cgroup.freeze'), '0');
    await container.pause();
    await container.kill();
    await container.wait();
    t.match((await container.inspect()).State, { Status: 'exited', Paused: false, ExitCode: 137 });
    const stopped = await box({});
    await stopped.container.pause();
    await stopped.container.remove({ force: true });
    t.strictSame((await stopped.actions()).slice(-3), ['kill', 'die', 'destroy']);
  });

  t.test('which group it is in, and what it sees of it', async (t) => {
    const look = 'cat /proc/self/cgroup; mkdir /sys/fs/cgroup/x 2>/dev/null && echo made; exec sleep 600';
    const rows: [Docker.HostConfig & { CgroupnsMode?: string }, where: string, seen: string][] = [
      [{}, `/${skiffd.instance}`, '0::/\n'],
      [{ Privileged: true }, `/${skiffd.instance}`, '0::/\nmade\n'],
      [{ CgroupParent: '/fleet/one' }, '/fleet/one', '0::/\n'],
      [{ CgroupParent: '/fleet/two', CgroupnsMode: 'host' }, '/fleet/two', '0::/fleet/two/ID\n'],
    ];
    for (const [hostConfig, where, seen] of rows) {
      const one = await box(hostConfig, look);
      const { id } = one.container;
      t.equal(one.group, `${where}/${id}`, where);
      await waitUntil('it has looked', async () => (await one.said()).length >= seen.length);
      t.equal((await one.said()).replace(id, 'ID'), seen);
      t.equal(
        (await one.run('cat /proc/self/cgroup')).replace(id, 'ID'),
        seen.replace('made\n', ''),
        'an exec, too',
      );
      await one.container.remove({ force: true });
      t.notOk(existsSync(`/sys/fs/cgroup${one.group}`), 'nothing of it stays');
    }
  });

  t.test('what it has used', async (t) => {
    const load =
      'dd if=/dev/zero of=/f bs=1M count=8 conv=fsync 2>/dev/null; cat /f >/dev/null; echo; while :; do :; done';
    const busy = await box({ Memory: 64 * MIB, PidsLimit: 40, NetworkMode: 'bridge' }, load);
    await waitUntil('it has written', () => busy.said());
    const once = await busy.sample({ 'one-shot': true });
    t.match(once, {
      precpu_stats: { cpu_usage: { total_usage: 0 } },
      pids_stats: { limit: 40 },
      memory_stats: { limit: 64 * MIB, max_usage: undefined, failcnt: undefined },
      cpu_stats: { online_cpus: 2, cpu_usage: { percpu_usage: undefined } },
      networks: { eth0: { rx_bytes: Number } },
    });
    const used = usageOf('', once);
    t.ok(used.memory < 8 * MIB && (once.memory_stats.usage ?? 0) > 8 * MIB, 'without what it has cached');
    t.ok(used.written >= 8 * MIB, 'what went to the disk is counted');
    t.equal(used.pids, 1);
    const { cpu } = usageOf('', await busy.sample());
    t.ok(cpu > 50 && cpu < 120, `one of two processors: ${cpu} %`);
  });

  t.test('a daemon that comes again finds all of it', async (t) => {
    const [paused, dying] = [
      await box({}),
      await box(tight, 'until [ -e /go ]; do sleep 0.1; done; tail /dev/zero'),
    ];
    await paused.container.pause();
    await skiffd.crash();
    await skiffd.start();
    t.match((await paused.container.inspect()).State, { Paused: true });
    await paused.container.unpause();
    t.equal(paused.file('cgroup.freeze'), '0');
    t.ok(usageOf('', await paused.sample({ 'one-shot': true })).memory > 0);
    const ended = dying.container.wait();
    await dying.run('touch /go');
    await ended;
    t.match((await dying.container.inspect()).State, { OOMKilled: true });
  });

  t.test('a group is not in the way of its end', async (t) => {
    const { container, group } = await box({});
    const exec = await container.exec({ Cmd: ['sleep', '600'] });
    await exec.start({ Detach: true });
    const { Pid } = await exec.inspect();
    t.equal(groupOf(Pid), group, 'an exec is in the group of its container');
    await container.kill();
    await container.wait();
    t.notOk(existsSync(`/sys/fs/cgroup${group}`));
  });
}
