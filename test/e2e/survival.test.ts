/**
 * Containers outlive their daemon. In each round the daemon is killed with SIGKILL while containers write, while one
 * starts and while one ends; the next daemon must know all that happened: no line lost, every exit code, same pids.
 */
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import t, { type Test } from 'tap';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode } from '../harness/client.ts';
import { pace } from '../harness/pace.ts';
import { processes } from '../harness/processes.ts';
import { requires } from '../harness/requires.ts';
import { type Skiffd, startSkiffd } from '../harness/skiffd.ts';
import { output } from '../harness/stream.ts';
import { waitUntil } from '../harness/wait-until.ts';

t.setTimeout(550_000);

const ROUNDS = Number(process.env.SKIFF_SURVIVAL_ROUNDS ?? 20);
/** What the processes of this run are known by: others may run the same test beside it. */
const SLEEP = 100_000 + 100 * Math.floor(Math.random() * 1e6);
const LINES = 5000;

const skip = requires('root', 'runc', 'conmon', 'overlay');
if (skip) t.pass('survival', { skip });
else {
  const host = stubSystemctl(t);
  const skiffd = await startSkiffd({ env: host.env });
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  const loaded = (await docker.loadImage(createReadStream(await builtinImage()))) as NodeJS.ReadableStream;
  await finished(loaded.resume());

  t.test('survivors of every crash', { timeout: 500_000 }, async (t) => {
    const survivor = await run(
      docker,
      'trap "echo last; exit 21" TERM; while :; do echo tick; sleep 0.05; done',
    );
    const { Pid } = (await survivor.inspect()).State;
    for (let round = 0; round < ROUNDS; round++) {
      await t.test(`round ${round + 1}`, (t) => crashOnce(t, skiffd, docker, round));
      t.match((await survivor.inspect()).State, { Running: true, Pid }, 'same process as before');
      t.equal(await runIn(docker, survivor, 'echo inside'), 'inside\n');
    }
    await t.test('attach to it', (t) => seesTicks(t, survivor));
    await survivor.stop({ t: 5 });
    t.match((await survivor.inspect()).State, { Status: 'exited', ExitCode: 21 });
    t.match(await logOf(docker, survivor), /^(tick\n)+last\n$/);
    await survivor.remove();
  });

  t.test('what fails again and again is restarted by the next daemon too, counted anew', async (t) => {
    const failing = await create(docker, 'echo up; exit 3', { RestartPolicy: { Name: 'always' } });
    const few = await create(docker, 'exit 3', {
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 },
    });
    await Promise.all([failing.start(), few.start()]);
    const count = async () => (await failing.inspect()).RestartCount;
    await waitUntil('it was restarted', async () => (await count()) >= 5);
    await waitUntil('the other gave up', async () => {
      const { RestartCount, State } = await few.inspect();
      return RestartCount === 2 && State.Status === 'exited';
    });
    await skiffd.crash();
    await skiffd.start();
    const before = (await logOf(docker, failing)).length;
    await waitUntil(
      'it goes on',
      async () => (await logOf(docker, failing)).length >= before + 2 * 'up\n'.length,
    );
    t.ok((await count()) < 5, 'count and pauses began anew');
    t.match(await few.inspect(), { RestartCount: 2, State: { Status: 'exited', ExitCode: 3 } });
    await failing.stop({ t: 0 });
    t.equal((await failing.inspect()).State.Status, 'exited', 'a stop ends the pause between two starts');
    await Promise.all([failing.remove(), few.remove()]);
  });

  t.test('what was paused for a commit goes on, what a person paused stays so', async (t) => {
    const [committed, paused] = [await run(docker, 'sleep 600'), await run(docker, 'sleep 600')];
    await runIn(docker, committed, 'dd if=/dev/urandom of=/large bs=1M count=64');
    await paused.pause();
    const cutOff = committed.commit().then(
      () => false,
      () => true,
    );
    const status = async ({ id }: Docker.Container) => (await docker.getContainer(id).inspect()).State.Status;
    await waitUntil('it is paused', async () => (await status(committed)) === 'paused');
    await skiffd.crash();
    t.ok(await cutOff, 'in the midst of it');
    await skiffd.start();
    t.equal(await runIn(docker, committed, 'echo inside'), 'inside\n');
    t.same(await Promise.all([status(committed), status(paused)]), ['running', 'paused']);
    await Promise.all([committed.remove({ force: true }), paused.remove({ force: true })]);
  });

  t.test('the machine goes down: containers end in their own way, and come back with it', async (t) => {
    const rows = [
      { Name: 'unless-stopped', status: 'running' },
      { Name: 'on-failure', status: 'running' },
      { Name: 'no', status: 'exited' },
    ];
    const inOrder = 'echo up; trap "echo last; exit 21" TERM; while :; do sleep 0.05; done';
    const policies = rows.map(({ Name }) => create(docker, inOrder, { RestartPolicy: { Name } }));
    const containers = await Promise.all(policies);
    const byHand = await create(docker, 'sleep 1000', { RestartPolicy: { Name: 'unless-stopped' } });
    await Promise.all([...containers, byHand].map((container) => container.start()));
    await byHand.stop({ t: 0 });
    for (const container of containers)
      await waitUntil('it takes signals', async () => (await logOf(docker, container)) === 'up\n');
    host.says('stopping');
    t.equal(await skiffd.stop(), 0);
    host.says('running');
    await skiffd.start();
    for (const [at, { Name, status }] of rows.entries()) {
      const container = containers[at] as Docker.Container;
      const state = async () => (await container.inspect()).State;
      await waitUntil(`${Name} is ${status}`, async () => (await state()).Status === status);
      t.match(await logOf(docker, container), /^up\nlast\n/, 'it was asked to end, and did');
      if (status === 'exited') t.equal((await state()).ExitCode, 21);
      await container.remove({ force: true });
    }
    t.equal((await byHand.inspect()).State.Status, 'exited', 'what a person stopped stays so');
    await byHand.remove();
  });
}

/** systemd as the daemon sees it: a service manager that takes no notice, and a word on the state of the machine. */
function stubSystemctl(t: Test) {
  const directory = t.testdir();
  const state = join(directory, 'state');
  const says = (word: string) => writeFileSync(state, `${word}\n`);
  writeFileSync(join(directory, 'systemctl'), `#!/bin/sh\nexec cat '${state}'\n`, { mode: 0o755 });
  says('running');
  const env = { NOTIFY_SOCKET: join(directory, 'nobody'), PATH: `${directory}:${process.env.PATH}` };
  return { env, says };
}

async function crashOnce(t: Test, skiffd: Skiffd, docker: Docker, round: number): Promise<void> {
  const exitCode = 10 + round;
  const bursts = `n=0; while [ $n -lt ${LINES} ]; do n=$((n+1)); echo "line $n"; [ $((n % 100)) != 0 ] || sleep 0.01; done; exit ${exitCode}`;
  const writer = await run(docker, bursts);
  const ending = await run(docker, `sleep 0.0${round % 10}; exit ${exitCode + 1}`);
  const seconds = SLEEP + round;
  const starting = await create(docker, `exec sleep ${seconds}`);
  const startAnswered = starting.start().then(
    () => true,
    () => false,
  );
  // Over the rounds the crash meets the start at each of its steps.
  await sleep(round * 4);
  await skiffd.crash();
  const answered = await startAnswered;
  await sleep(round % 2 === 0 ? 0 : 300);
  t.ok((await skiffd.start()) < 5000 * pace(), 'starts again');

  t.equal((await ending.wait()).StatusCode, exitCode + 1, 'exit code of the one that ended meanwhile');
  await eitherRunsOrNot(t, starting, answered, seconds);
  t.equal((await writer.wait()).StatusCode, exitCode, 'exit code of the writer');
  t.equal(await logOf(docker, writer), expectedLines, 'no line lost, none doubled, all in order');
  await Promise.all([writer.remove(), ending.remove(), starting.remove({ force: true })]);
  t.equal(countProcesses(seconds), 0);
}

const expectedLines = Array.from({ length: LINES }, (_, n) => `line ${n + 1}\n`).join('');

/** A start that was answered has happened. One that was cut off has happened or not, but never half. */
async function eitherRunsOrNot(t: Test, container: Docker.Container, answered: boolean, seconds: number) {
  const { Running, Pid } = (await container.inspect()).State;
  if (answered) t.ok(Running, 'what was answered as started runs');
  if (!Running) {
    t.equal(countProcesses(seconds), 0, 'state says not running, processes agree');
    await container.start();
  }
  await runsOnce(t, seconds);
  if (Running) t.match(readFileSync(`/proc/${Pid}/cmdline`, 'utf8'), String(seconds));
}

/** runc has answered when its init was told to go on; that becomes the command by execve(2) a moment later. */
async function runsOnce(t: Test, seconds: number): Promise<void> {
  await waitUntil('the process is there', () => countProcesses(seconds) > 0);
  t.equal(countProcesses(seconds), 1, 'runs, once');
}

function countProcesses(seconds: number): number {
  return processes().filter(({ command }) => command.join(' ') === `sleep ${seconds}`).length;
}

async function seesTicks(t: Test, container: Docker.Container): Promise<void> {
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  let seen = '';
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  await waitUntil('ticks on the attached stream', () => seen.split('tick').length > 3);
  t.pass('saw ticks');
  (stream as unknown as { destroy(): void }).destroy();
}

async function run(docker: Docker, script: string): Promise<Docker.Container> {
  const container = await create(docker, script);
  await container.start();
  return container;
}

function create(docker: Docker, script: string, hostConfig: Docker.HostConfig = {}) {
  return docker.createContainer({
    Image: 'busybox',
    Cmd: ['sh', '-c', script],
    HostConfig: { NetworkMode: 'none', ...hostConfig },
  });
}

async function runIn(docker: Docker, container: Docker.Container, script: string): Promise<string> {
  const exec = await container.exec({ Cmd: ['sh', '-c', script], AttachStdout: true, AttachStderr: true });
  return (await output(docker, await exec.start({ hijack: true, stdin: false }))).stdout;
}

async function logOf(docker: Docker, container: Docker.Container): Promise<string> {
  return (await output(docker, await container.logs({ stdout: true, stderr: true }))).stdout;
}
