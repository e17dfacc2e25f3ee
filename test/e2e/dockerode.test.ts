/** dockerode, the Docker client of the Node world, through the whole life of containers. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import t from 'tap';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode, refusal } from '../harness/client.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';
import { output, screen } from '../harness/stream.ts';
import { waitUntil } from '../harness/wait-until.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay');
if (skip) t.pass('dockerode', { skip });
else {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  await docker.loadImage(createReadStream(await builtinImage())).then((answer) => text(answer as Readable));
  const create = (options: Partial<Docker.ContainerCreateOptions>) =>
    docker.createContainer({ Image: 'busybox', ...options });
  const sh = (script: string) => ({ Cmd: ['sh', '-c', script], HostConfig: { NetworkMode: 'none' } });

  t.test('images', async (t) => {
    t.match(await docker.listImages(), [{ RepoTags: ['busybox:latest'] }]);
    const image = await docker.getImage('busybox').inspect();
    await docker.getImage('busybox').tag({ repo: 'dinghy', tag: 'v1' });
    t.equal((await docker.getImage('dinghy:v1').inspect()).Id, image.Id);
    await docker.getImage('dinghy:v1').remove();
    t.match(await refusal(docker.getImage('dinghy:v1').inspect()), { statusCode: 404 });
  });

  t.test('create, start, wait, logs, remove', async (t) => {
    const container = await create(sh('echo out; echo err >&2; exit 3'));
    const ended = container.wait({ condition: 'next-exit' });
    await container.start();
    t.strictSame((await ended).StatusCode, 3);
    const inspected = await container.inspect();
    t.match(inspected.State, { Status: 'exited', ExitCode: 3, Running: false, Pid: 0 });
    const logs = await container.logs({ stdout: true, stderr: true });
    t.strictSame(await output(docker, logs), { stdout: 'out\n', stderr: 'err\n' });
    await container.remove();
    t.match(await refusal(container.inspect()), {
      statusCode: 404,
      message: `No such container: ${container.id}`,
    });
  });

  t.test('attach before start sees every byte, and a closed stdin reaches the process', async (t) => {
    const container = await create({
      ...sh('cat; echo done >&2'),
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
    });
    const stream = await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    });
    const answer = output(docker, stream);
    await container.start();
    stream.write('first, ');
    stream.end('last');
    t.strictSame(await answer, { stdout: 'first, last', stderr: 'done\n' });
    t.strictSame((await container.wait()).StatusCode, 0);
    await container.remove();
  });

  t.test('a terminal is raw and has a size', async (t) => {
    const container = await create({
      Cmd: ['sh'],
      Tty: true,
      OpenStdin: true,
      AttachStdin: true,
      HostConfig: { NetworkMode: 'none' },
    });
    const stream = await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    });
    const shown = screen(stream);
    await container.start();
    await container.resize({ h: 21, w: 83 });
    stream.write('stty size; exit 2\n');
    t.strictSame((await container.wait()).StatusCode, 2);
    t.match(await shown, /21 83\r\n/);
    await container.remove();
  });

  t.test('exec: output, exit code, terminal', async (t) => {
    const container = await create({ Cmd: ['sleep', '600'] });
    await container.start();
    t.teardown(() => container.remove({ force: true }));
    const exec = await container.exec({
      Cmd: ['sh', '-c', 'cat; echo e >&2; exit 4'],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      DetachKeys: 'ctrl-a,b',
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const answer = output(docker, stream);
    stream.end('in');
    t.strictSame(await answer, { stdout: 'in', stderr: 'e\n' });
    t.match(await exec.inspect(), {
      ...{ Running: false, ExitCode: 4, ContainerID: container.id },
      DetachKeys: Buffer.from('\x01b').toString('base64'),
    });
    const words = `Error: Exec command ${exec.id} has already run`;
    t.strictSame(await output(docker, await exec.start({ hijack: true, stdin: false })), {
      stdout: `${words}\r\n`,
      stderr: '',
    });
    t.match(await refusal(exec.start({ Detach: true })), { statusCode: 409 });

    const shell = await container.exec({
      Cmd: ['sh', '-c', 'tty; stty size'],
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      ConsoleSize: [20, 90],
    } as Docker.ExecCreateOptions);
    const terminal = await shell.start({ hijack: true, stdin: false, Tty: true });
    t.match(await screen(terminal), /^\/dev\/pts\/\d+\r\n/);
  });

  t.test(
    'the start of an exec says whether its output is raw; its creation, whether it has a terminal',
    async (t) => {
      const container = await create({ Cmd: ['sleep', '600'] });
      await container.start();
      t.teardown(() => container.remove({ force: true }));
      const heard = async (created: boolean, started: boolean) => {
        const exec = await container.exec({ Cmd: ['tty'], AttachStdout: true, Tty: created });
        return exec.start({ hijack: true, stdin: false, Tty: started });
      };
      t.equal(await screen(await heard(false, true)), 'not a tty\n');
      t.match((await output(docker, await heard(true, false))).stdout, /^\/dev\/pts\/\d+\r\n/);
    },
  );

  t.test('who attaches to no stream has his answer at once, also before the start', async (t) => {
    const container = await create(sh('true'));
    t.teardown(() => container.remove());
    const stream = await container.attach({ stream: true, stdin: false, stdout: false, stderr: false });
    t.equal(await screen(stream), '');
  });

  t.test('an exec waits for nothing that is paused, and goes with its container', async (t) => {
    const container = await create({ Cmd: ['sleep', '600'] });
    await container.start();
    const exec = await container.exec({ Cmd: ['true'] });
    await container.pause();
    for (const Detach of [false, true]) t.match(await refusal(exec.start({ Detach })), { statusCode: 409 });
    await container.unpause();
    await exec.start({ Detach: true });
    t.match(await exec.inspect(), { ContainerID: container.id });
    await container.remove({ force: true });
    t.match(await refusal(exec.inspect()), { statusCode: 404, message: `No such exec instance: ${exec.id}` });
  });

  t.test('list and its filters', async (t) => {
    const [running, stopped] = await Promise.all([
      create({ name: 'runner', Cmd: ['sleep', '600'], Labels: { role: 'a' } }),
      create({ name: 'rester', Cmd: ['true'] }),
    ]);
    t.teardown(() => Promise.all([running.remove({ force: true }), stopped.remove()]));
    await running.start();
    const names = async (filters: Record<string, string[]>) =>
      (await docker.listContainers({ all: true, filters })).flatMap(({ Names }) => Names).sort();
    t.strictSame(await names({}), ['/rester', '/runner']);
    t.strictSame(await names({ status: ['running'] }), ['/runner']);
    t.strictSame(await names({ label: ['role=a'] }), ['/runner']);
    t.strictSame(await names({ name: ['rest'] }), ['/rester']);
    const many = Array.from({ length: 3000 }, (_, number) => `other-${number}`);
    t.strictSame(await names({ name: ['rest', ...many] }), ['/rester'], 'a URL of 50 KB');
    t.strictSame(
      (await docker.listContainers()).map(({ State }) => State),
      ['running'],
    );
  });

  t.test('stop asks, then kills; kill kills; wait says how it ended', async (t) => {
    const stubborn = await create(sh('trap "" TERM; echo deaf; while :; do sleep 0.1; done'));
    await stubborn.start();
    // A signal may come before the shell has had its say.
    await waitUntil('it is deaf', async () => (await stubborn.logs({ stdout: true })).includes('deaf'));
    await stubborn.stop({ t: 1 });
    t.equal((await stubborn.inspect()).State.ExitCode, 137);
    t.match(await refusal(stubborn.stop()), { statusCode: 304 });
    await stubborn.start();
    const ended = stubborn.wait({ condition: 'next-exit' });
    const removed = stubborn.wait({ condition: 'removed' });
    await stubborn.kill({ signal: 'SIGKILL' });
    await stubborn.remove();
    t.equal((await ended).StatusCode, 137);
    t.equal((await removed).StatusCode, 137);
  });

  t.test('errors carry status and message', async (t) => {
    t.match(await refusal(create({ Image: 'nothing:here', Cmd: ['x'] })), {
      statusCode: 404,
      message: /No such image: nothing:here/,
    });
    const named = await create({ name: 'taken', Cmd: ['true'] });
    t.teardown(() => named.remove());
    t.match(await refusal(create({ name: 'taken', Cmd: ['true'] })), {
      statusCode: 409,
      message: /is already in use/,
    });
    t.match(await refusal(create({ name: '!', Cmd: ['true'] })), { statusCode: 400 });
    const since = (reference: string) =>
      docker.listContainers({ all: true, filters: { since: [reference] } });
    const short = named.id.slice(0, 12);
    t.match(await refusal(since(short)), { statusCode: 404, message: `No such container: ${short}` });
    for (const whole of [named.id, 'taken', '/taken']) t.strictSame(await since(whole), [], whole);
    const missing = await create({ Cmd: ['no-such-program'] });
    t.teardown(() => missing.remove());
    t.match(await refusal(missing.start()), { statusCode: 400, message: /executable file not found/ });
    t.equal((await missing.inspect()).State.ExitCode, 127);
  });

  t.test('limits reach the control groups', async (t) => {
    const container = await create({
      Cmd: [
        'sh',
        '-c',
        'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null',
      ],
      HostConfig: { NetworkMode: 'none', Memory: 64 << 20, PidsLimit: 33, NanoCpus: 5e8 },
    });
    t.teardown(() => container.remove());
    await container.start();
    await container.wait();
    t.match(await output(docker, await container.logs({ stdout: true })), {
      stdout: `${64 << 20}\n`,
    });
  });

  t.test('events tell the life of a container in order', async (t) => {
    const container = await create(sh('exec sleep 600'));
    const stream = (await docker.getEvents({ filters: { container: [container.id] } })) as Readable;
    const seen: string[] = [];
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line) seen.push(JSON.parse(line).Action);
      if (seen.includes('destroy')) stream.destroy();
    });
    const closed = once(stream, 'close');
    await container.start();
    const exec = await container.exec({ Cmd: ['cat'], AttachStdin: true, Tty: true, DetachKeys: 'ctrl-a,x' });
    const terminal = await exec.start({ hijack: true, stdin: true, Tty: true });
    terminal.resume().write('\x01x');
    await once(terminal, 'end');
    t.match(await exec.inspect(), { Running: true });
    await container.remove({ force: true });
    await closed;
    t.strictSame(seen.slice(0, 4), ['start', 'exec_create: cat ', 'exec_start: cat ', 'exec_detach']);
    t.strictSame(
      seen.slice(4).filter((action) => action !== 'exec_die'),
      ['kill', 'die', 'destroy'],
    );
  });
}
