/** What becomes of containers by themselves: restarts, health, removal, out of memory; and what can be changed meanwhile. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import t from 'tap';
import { WebSocket } from 'ws';
import { call } from '../harness/api.ts';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode, refusal } from '../harness/client.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';
import { waitUntil } from '../harness/wait-until.ts';

// Three of its tests end the daemon and wait for what comes back.
t.setTimeout(90_000);

type Options = Docker.ContainerCreateOptions;
const MIB = 2 ** 20;

const skip = requires('root', 'runc', 'conmon', 'overlay');
if (skip) t.pass('the life of containers', { skip });
else {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  await docker.loadImage(createReadStream(await builtinImage())).then((answer) => text(answer as Readable));

  const sh = (script: string, { HostConfig, ...options }: Options = {}) =>
    docker.createContainer({
      Image: 'busybox',
      Cmd: ['sh', '-c', script],
      ...options,
      HostConfig: { NetworkMode: 'none', ...HostConfig },
    });
  const stateOf = async (container: Docker.Container) => (await container.inspect()).State;
  const actions = async (since: number, id: string) => {
    const stream = await docker.getEvents({
      since,
      until: Math.ceil(Date.now() / 1000),
      filters: { container: [id] },
    });
    const lines = (await text(stream as Readable)).trim().split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line).Action as string);
  };

  t.test('on-failure:2 is tried twice more, and no more', async (t) => {
    const container = await sh('exit 3', {
      HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } },
    });
    await container.start();
    await waitUntil('the last try', async () => {
      const { State, RestartCount } = await container.inspect();
      return RestartCount === 2 && State.Status === 'exited';
    });
    t.equal((await stateOf(container)).ExitCode, 3);
  });

  t.test('always comes back, also after the daemon was killed, unless a person stops it', async (t) => {
    const container = await sh('sleep 0.2', { HostConfig: { RestartPolicy: { Name: 'always' } } });
    await container.start();
    const count = async () => (await container.inspect()).RestartCount;
    await waitUntil('a restart', async () => (await count()) >= 1);
    await skiffd.crash();
    await skiffd.start();
    const before = await count();
    await waitUntil('a restart by the next daemon', async () => (await count()) !== before);
    await container.stop({ t: 1 }).catch(() => {});
    await waitUntil('the end', async () => (await stateOf(container)).Status === 'exited');
    const stopped = await stateOf(container);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    t.equal((await stateOf(container)).StartedAt, stopped.StartedAt, 'it stays stopped');
  });

  t.test('one that waits for its next try can be killed', async (t) => {
    const container = await sh('exit 3', { HostConfig: { RestartPolicy: { Name: 'always' } } });
    await container.start();
    // The third pause is 400 ms long: time enough for a request.
    await waitUntil('a pause', async () => {
      const { State, RestartCount } = await container.inspect();
      return RestartCount >= 2 && State.Status === 'restarting';
    });
    await container.kill();
    t.match(await stateOf(container), { Status: 'exited', Restarting: false, ExitCode: 3 });
  });

  t.test('who needs another starts after it when the machine comes back', async (t) => {
    const RestartPolicy = { Name: 'always' };
    const first = await sh('sleep 600', { HostConfig: { RestartPolicy } });
    const NetworkMode = `container:${first.id}`;
    const second = await sh('sleep 600', { HostConfig: { RestartPolicy, NetworkMode } });
    for (const container of [first, second]) await container.start();
    const pids = await Promise.all([first, second].map(async (container) => (await stateOf(container)).Pid));
    await skiffd.crash();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await skiffd.start();
    for (const [at, container] of [first, second].entries()) {
      await waitUntil('it runs again', async () => {
        const { Running, Pid } = await stateOf(container);
        return Running && Pid !== 0 && Pid !== pids[at];
      });
      t.equal((await stateOf(container)).Error, '');
    }
    await Promise.all([second, first].map((container) => container.remove({ force: true })));
  });

  t.test('what no record tells of is taken away when the daemon comes back', async (t) => {
    const id = 'f'.repeat(64);
    const isV2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
    const group = join(isV2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids', skiffd.instance, id);
    const exitFile = join(skiffd.execRoot, 'exits', id);
    await skiffd.crash();
    mkdirSync(group, { recursive: true });
    const orphan = spawn('sleep', ['600']);
    const ended = once(orphan, 'exit');
    writeFileSync(join(group, 'cgroup.procs'), String(orphan.pid));
    writeFileSync(exitFile, '0');
    await skiffd.start();
    t.strictSame(await ended, [null, 'SIGKILL']);
    await waitUntil('its group is gone', () => !existsSync(group));
    t.notOk(existsSync(exitFile));
  });

  t.test('a health check turns, and the daemon’s death does not end it', async (t) => {
    const Healthcheck = { Test: ['CMD-SHELL', 'echo looked; test -e /ok'], Interval: 2e8, Retries: 2 };
    const container = await sh('touch /ok; sleep 60', { Healthcheck } as Options);
    await container.start();
    const health = (status: string) =>
      waitUntil(status, async () => (await stateOf(container)).Health?.Status === status);
    await health('healthy');
    const log = (await stateOf(container)).Health?.Log ?? [];
    t.match(log[0], { ExitCode: 0, Output: 'looked\n' });
    await container.pause();
    t.equal((await stateOf(container)).Health?.Status, 'unhealthy', 'nobody looks');
    await container.unpause();
    await health('healthy');
    await skiffd.crash();
    await skiffd.start();
    const exec = await container.exec({ Cmd: ['rm', '/ok'] });
    await exec.start({ Detach: true });
    await health('unhealthy');
    const { Health } = await stateOf(container);
    t.ok((Health?.FailingStreak ?? 0) >= 2);
    t.ok((Health?.Log?.length ?? 0) <= 5);
    await (await container.exec({ Cmd: ['touch', '/ok'] })).start({ Detach: true });
    await health('healthy');
    await container.kill();
    await container.wait();
    t.equal((await stateOf(container)).Health?.Status, 'unhealthy', 'nobody looks any more');
    await container.remove({ force: true });
  });

  t.test('--rm: its volumes go with it, and whoever waits for that is told the exit code', async (t) => {
    const container = await sh('exit 7', { Volumes: { '/data': {} }, HostConfig: { AutoRemove: true } });
    const since = Math.floor(Date.now() / 1000);
    const gone = container.wait({ condition: 'removed' });
    t.equal((await docker.listVolumes()).Volumes.length, 1);
    await container.start();
    t.equal((await gone).StatusCode, 7);
    t.match(await refusal(container.inspect()), { statusCode: 404 });
    t.strictSame((await docker.listVolumes()).Volumes, []);
    t.strictSame((await actions(since, container.id)).slice(-3), ['start', 'die', 'destroy']);
  });

  t.test('events of a life, of its network, its execs and its image, in order', async (t) => {
    const since = Math.floor(Date.now() / 1000);
    const container = await sh('sleep 600');
    await container.start();
    const run = await container.exec({ Cmd: ['true'] });
    await run.start({ Detach: true });
    await waitUntil('its end', async () => !(await run.inspect()).Running);
    const missing = await container.exec({ Cmd: ['nosuch', 'x'] });
    await refusal(missing.start({ Detach: true }));
    const { Id } = await container.commit({ repo: 'life' });
    await container.remove({ force: true });
    t.teardown(() => docker.getImage('life').remove());
    const stream = await docker.getEvents({ since, until: Math.ceil(Date.now() / 1000) });
    const told = (await text(stream as Readable))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ Actor: { ID, Attributes } }) =>
        [ID, Attributes.container].some((id) => id === container.id || id === Id),
      )
      .map(({ Action, Actor }) =>
        [Action, ...(Actor.Attributes.type ? [Actor.Attributes.type] : [])].join('|'),
      );
    t.strictSame(told, [
      ...['create', 'connect|null', 'start', 'exec_create: true ', 'exec_start: true ', 'exec_die'],
      ...['exec_create: nosuch x', 'exec_start: nosuch x'],
      ...['pause', 'tag', 'commit', 'unpause'],
      ...['kill', 'die', 'disconnect|null', 'destroy'],
    ]);
  });

  t.test('out of memory is seen', async (t) => {
    const container = await sh('x=a; while :; do x=$x$x; done', { HostConfig: { Memory: 16 * MIB } });
    const since = Math.floor(Date.now() / 1000);
    await container.start();
    t.equal((await container.wait()).StatusCode, 137);
    t.match(await stateOf(container), { OOMKilled: true, ExitCode: 137 });
    t.strictSame(
      (await actions(since, container.id)).filter((action) => ['oom', 'die'].includes(action)),
      ['oom', 'die'],
    );

    const hog = 'x=a; while :; do x=$x$x; done';
    const survivor = await sh(`until [ -e /go ]; do sleep 0.1; done; (${hog}); sleep 600`);
    await survivor.start();
    await survivor.update({ Memory: 16 * MIB, MemorySwap: 16 * MIB });
    const touch = await survivor.exec({ Cmd: ['touch', '/go'] });
    await touch.start({ Detach: true });
    await waitUntil('its child is killed', async () => (await actions(since, survivor.id)).includes('oom'));
    t.match(await stateOf(survivor), { OOMKilled: true, Running: true }, 'told while it runs');
    await survivor.remove({ force: true });
  });

  t.test('why it could not start is in its state', async (t) => {
    const rows: [string[], number, RegExp][] = [
      [['nothing-of-this-name'], 127, /executable file not found in \$PATH/],
      [['/etc/passwd'], 126, /permission denied/],
      [['/nowhere'], 127, /no such file or directory/],
    ];
    for (const [Cmd, code, message] of rows) {
      const container = await docker.createContainer({
        Image: 'busybox',
        Cmd,
        HostConfig: { NetworkMode: 'none' },
      });
      t.match(await refusal(container.start()), { message });
      t.match(await stateOf(container), { Status: 'created', ExitCode: code, Error: message });
      await container.remove();
    }
  });

  t.test('names: taken ones, prefixes, renaming', async (t) => {
    const container = await sh('true', { name: 'first' });
    t.match(await refusal(sh('true', { name: 'first' })), {
      statusCode: 409,
      message: `Conflict. The container name "/first" is already in use by container "${container.id}".`,
    });
    t.equal((await docker.getContainer(container.id.slice(0, 9)).inspect()).Id, container.id);
    await container.rename({ name: 'second' });
    t.equal((await docker.getContainer('second').inspect()).Id, container.id);
    t.match(await refusal(docker.getContainer('first').inspect()), { statusCode: 404 });
    t.match((await (await sh('true')).inspect()).Name, /^\/[a-z]+_[a-z]+\d*$/, 'a name is made up');
  });

  t.test('limits and policy of a running container change in place', async (t) => {
    const container = await sh('sleep 60', { HostConfig: { Memory: 32 * MIB } });
    await container.start();
    const { Pid } = await stateOf(container);
    const since = Math.floor(Date.now() / 1000);
    await container.update({
      Memory: 64 * MIB,
      MemorySwap: 128 * MIB,
      PidsLimit: 33,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 4 },
    });
    const { HostConfig, State } = await container.inspect();
    t.match(HostConfig, {
      Memory: 64 * MIB,
      PidsLimit: 33,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 4 },
    });
    t.equal(State.Pid, Pid);
    const stats = await container.stats({ stream: false });
    t.equal(stats.memory_stats.limit, 64 * MIB);
    t.equal(stats.pids_stats?.limit, 33);
    t.ok(
      stats.cpu_stats.system_cpu_usage > stats.precpu_stats.system_cpu_usage,
      'two samples to reckon with',
    );
    for (const ps_args of ['-o pid,args', 'o pid,args', 'opid,args', '-C sleep -o pid,args'])
      t.strictSame((await container.top({ ps_args })).Processes, [[String(Pid), 'sleep 60']], ps_args);
    const wrong = [
      ['-o uid=PID,args', /^.*specifying "uid=PID,args" is not allowed/],
      ['-o args', /Couldn't find PID field in ps output/],
      ['-o nothing', /ps: error: unknown user-defined format specifier "nothing"/],
    ] as const;
    for (const [ps_args, words] of wrong)
      t.match(await refusal(container.top({ ps_args })), { message: words });
    for (const PidsLimit of [0, -2]) {
      await container.update({ PidsLimit: 33 });
      await container.update({ PidsLimit });
      t.equal((await container.inspect()).HostConfig.PidsLimit, 0);
      t.equal((await container.stats({ stream: false, 'one-shot': true })).pids_stats?.limit, undefined);
    }
    await container.pause();
    await container.kill({ signal: 'TERM' });
    t.match(await stateOf(container), { Paused: false, Running: true }, 'thawed for what is to end it');
    const told = await actions(since, container.id);
    t.strictSame(told.slice(-3), ['pause', 'kill', 'unpause']);
    t.ok(told.includes('top'));
    await container.remove({ force: true });
  });

  const device = existsSync('/dev/loop0') && existsSync('/sys/fs/cgroup/blkio');
  t.test(
    'limits that runc does not update hold, too',
    { skip: !device && 'no device, or no v1' },
    async (t) => {
      const container = await sh('sleep 60', {
        HostConfig: { Memory: 32 * MIB, BlkioDeviceReadBps: [{ Path: '/dev/loop0', Rate: MIB }] },
      });
      await container.start();
      t.teardown(() => container.remove({ force: true }));
      const group = (controller: string, file: string) =>
        readFileSync(join('/sys/fs/cgroup', controller, skiffd.instance, container.id, file), 'latin1');
      const update = (change: object) =>
        call(skiffd.socket, 'POST', `/v1.55/containers/${container.id}/update`, change);
      const rates = (...names: string[]) =>
        names.map((name) => group('blkio', `blkio.throttle.${name}_device`));
      const Path = '/dev/loop0';
      const change = {
        BlkioDeviceReadBps: [{ Path, Rate: 2 * MIB }],
        BlkioDeviceWriteIOps: [{ Path, Rate: 50 }],
        MemorySwappiness: 33,
        OomKillDisable: true,
      };
      t.match(await update(change), { status: 200 });
      t.strictSame(rates('read_bps', 'write_iops'), ['7:0 2097152\n', '7:0 50\n']);
      t.equal(group('memory', 'memory.swappiness'), '33\n');
      t.match(group('memory', 'memory.oom_control'), /^oom_kill_disable 1$/m);
      t.match(await update({ PidsLimit: 55, BlkioDeviceWriteIOps: [] }), { status: 200 });
      t.strictSame(rates('read_bps', 'write_iops'), ['7:0 2097152\n', ''], 'one stays, one is taken away');
      t.equal(group('memory', 'memory.swappiness'), '33\n', 'runc has not put it back');
      t.match(await update({ OomKillDisable: false, BlkioDeviceReadBps: [] }), { status: 200 });
      t.strictSame(rates('read_bps'), ['']);
      t.match(group('memory', 'memory.oom_control'), /^oom_kill_disable 0$/m);
    },
  );

  t.test('attach over a WebSocket: both ways, unframed', async (t) => {
    const container = await sh('read line; echo "heard $line"', { OpenStdin: true, StdinOnce: true });
    const socket = new WebSocket(
      `ws+unix://${skiffd.socket}:/containers/${container.id}/attach/ws?stream=1&stdin=1&stdout=1`,
    );
    const heard = new Promise<string>((resolve, reject) => {
      let said = '';
      socket.on('message', (data) => {
        said += data.toString();
      });
      socket.on('close', () => resolve(said));
      socket.on('error', reject);
    });
    await new Promise((resolve) => socket.once('open', resolve));
    await container.start();
    socket.send('sail\n');
    t.equal(await heard, 'heard sail\n');
    const plain = await call(skiffd.socket, 'GET', `/containers/${container.id}/attach/ws`);
    t.equal(plain.status, 400, 'a request that is no handshake is refused');
  });

  t.test('what is no WebSocket frame ends the connection, not the daemon', async (t) => {
    const container = await sh('true');
    t.teardown(() => container.remove());
    const socket = connect(skiffd.socket);
    const key = Buffer.alloc(16).toString('base64');
    socket.write(
      `GET /containers/${container.id}/attach/ws?stream=1&stdout=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n` +
        `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const answer = text(socket);
    socket.write(Buffer.alloc(8, 0xff));
    t.match(await answer, /^HTTP\/1\.1 101 /);
    t.match(await stateOf(container), { Status: 'created' });
  });

  t.test('prune: a preview, then just that', async (t) => {
    const kept = await sh('true', { Labels: { keep: '1' } });
    const filters = JSON.stringify({ 'label!': ['keep'] });
    const preview = await call(
      skiffd.socket,
      'POST',
      `/containers/prune?dryRun=1&filters=${encodeURIComponent(filters)}`,
    );
    const { ContainersDeleted } = JSON.parse(preview.body) as { ContainersDeleted: string[] };
    t.ok(ContainersDeleted.length > 0 && !ContainersDeleted.includes(kept.id));
    t.equal(
      (await docker.getContainer(ContainersDeleted[0] ?? '').inspect()).Id,
      ContainersDeleted[0],
      'nothing went',
    );
    const pruned = await docker.pruneContainers({ filters: { 'label!': ['keep'] } as never });
    t.strictSame(pruned.ContainersDeleted?.sort(), ContainersDeleted.sort());
    t.match(await docker.listContainers({ all: true }), [{ Id: kept.id }]);
  });
}
