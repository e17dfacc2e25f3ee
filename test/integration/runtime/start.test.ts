/** From a request to a running process and to its end: output, exit codes, failures in Docker's words, nothing left. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FrameDecoder, frameHead } from '../../../src/api/raw-stream.ts';
import { STEP_CHANNEL, type Step } from '../../../src/core/step.ts';
import { readLog } from '../../../src/runtime/log/read.ts';
import { all, Client, INSTANCE, lacking, openFixture } from './fixture.ts';

/** runc, which is killed when it has made the container. */
const DYING = `#!/bin/sh
for word; do
  shift
  case $word in run) word=create ;; --detach) continue ;; esac
  set -- "$@" "$word"
done
runc "$@" && kill -KILL $$
`;

t.test('start', { skip: lacking() }, async (t) => {
  const dying = join(t.testdirName, 'dying');
  const runtimes = { dying: { path: dying } };
  const { tasks, request, execRoot, directory } = await openFixture(t, { runtimes });
  writeFileSync(dying, DYING, { mode: 0o755 });

  const runs: [title: string, args: string[], code: number, stdout: string, stderr: string][] = [
    ['no output', ['true'], 0, '', ''],
    ['a failure', ['false'], 1, '', ''],
    ['output without a last newline', ['printf', 'a\nb'], 0, 'a\nb', ''],
    ['both streams', ['sh', '-c', 'echo out; echo err >&2; exit 42'], 42, 'out\n', 'err\n'],
    ['bytes that are no text', ['printf', '\\000\\377\\012\\015'], 0, '\0\xff\n\r', ''],
  ];
  for (const [title, args, code, stdout, stderr] of runs) {
    await t.test(title, async (t) => {
      const log = { path: join(directory, `${code}-${args.length}.log`), maxSize: 1e6, maxFiles: 2 };
      rmSync(log.path, { force: true });
      const client = new Client();
      const attach = { ...all(client), head: frameHead };
      const { task, attachments } = await tasks.start(request(args, { log }), [attach]);
      t.match(await task.exited, { code, oomKilled: false });
      t.equal(await attachments[0]?.done, 'output-ended');
      t.strictSame(streamsIn(client), { stdout, stderr }, 'attached before the first byte');
      t.strictSame(await logged(log.path), { stdout, stderr }, 'and the log has the same');
      await task.delete();
      await task.delete();
      t.equal(tasks.get(task.id), undefined);
    });
  }

  await t.test('a runtime that dies before it starts what it has made', async (t) => {
    await t.rejects(tasks.start(request(['true'], { runtime: 'dying' })), {
      message: /OCI runtime create failed/,
    });
    t.strictSame(readdirSync(join(execRoot, 'bundles')), [], 'nothing of it stays');
  });

  const failures: [title: string, args: string[], exitCode: number, words: RegExp][] = [
    [
      'an absent program',
      ['nope'],
      127,
      /^failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in \$PATH: unknown$/,
    ],
    ['an absent path', ['/nope'], 127, /exec: "\/nope": stat \/nope: no such file or directory: unknown$/],
    ['a directory', ['/etc'], 126, /exec: "\/etc": permission denied: unknown$/],
  ];
  for (const [title, args, exitCode, message] of failures) {
    await t.test(`refused: ${title}`, async (t) => {
      const refusal = { exitCode, message, kind: 'invalid-argument' };
      await t.rejects(
        tasks.start(request(args), [all(new Client())]),
        refusal,
        'with a client, by the wrapper',
      );
      await t.rejects(tasks.start(request(args)), refusal, 'without one');
    });
  }

  await t.test('refused: links in place of kernel folders', async (t) => {
    const rootfs = t.testdir();
    mkdirSync(join(rootfs, 'etc'));
    symlinkSync('etc', join(rootfs, 'proc'));
    const start = tasks.start({
      ...request(['true']),
      rootfs: [{ type: 'bind', source: rootfs, options: ['bind'] }],
    });
    await t.rejects(start, { kind: 'invalid-argument', message: /\/proc is not a directory/ });
  });

  await t.test('refused: an unknown runtime, and a second task', async (t) => {
    await t.rejects(tasks.start(request(['true'], { runtime: 'nope' })), {
      message: 'unknown or invalid runtime name: nope',
    });
    const first = request(['sleep', '60']);
    const { task } = await tasks.start(first);
    await t.rejects(tasks.start(first), { message: /has a task already/ });
    await t.rejects(task.delete(), { message: /is running/ });
    task.kill(9);
    t.equal((await task.exited).code, 137);
    await task.delete();
  });

  for (const terminal of [false, true]) {
    await t.test(`only its stdio is open in a process, terminal: ${terminal}`, async (t) => {
      const { task } = await tasks.start(request(['sleep', '60'], { terminal, process: { terminal } }));
      t.strictSame(readdirSync(`/proc/${task.pid}/fd`), ['0', '1', '2']);
      task.kill(9);
      await task.exited;
      await task.delete();
    });
  }

  await t.test('twenty at once', async (t) => {
    const codes = await Promise.all(
      Array.from({ length: 20 }, async (_, code) => {
        const { task } = await tasks.start(request(['sh', '-c', `exit ${code}`]));
        const exit = await task.exited;
        await task.delete();
        return exit.code;
      }),
    );
    t.strictSame(codes, [...codes.keys()]);
  });

  await t.test('each step is announced', async (t) => {
    const names: string[] = [];
    const listen = (message: unknown) =>
      (message as Step).end === undefined && names.push((message as Step).name);
    subscribe(STEP_CHANNEL, listen);
    const { task } = await tasks.start(request(['true']));
    await task.exited;
    await task.delete();
    unsubscribe(STEP_CHANNEL, listen);
    t.strictSame(names, [
      'runtime.start',
      'runtime.bundle.create',
      'runtime.spec',
      'runtime.shim.spawn',
      'runtime.runc.run',
      'runtime.record.write',
      'runtime.rootfs.hide',
      'runtime.delete',
    ]);
  });

  await t.test('nothing is left', async (t) => {
    for (const folder of ['bundles', 'exits', 'runc/runc'])
      t.strictSame(readdirSync(join(execRoot, folder)), []);
    t.notMatch(readFileSync('/proc/self/mountinfo', 'utf8'), `${execRoot}/bundles/`);
    await tasks.close();
    t.notMatch(readFileSync('/proc/self/mountinfo', 'utf8'), execRoot);
    t.strictSame(globSync(`/sys/fs/cgroup/{,*/}${INSTANCE}`), []);
  });
});

function streamsIn(client: Client): Record<string, string> {
  const streams: Record<string, string> = { stdout: '', stderr: '' };
  const decoder = new FrameDecoder((stream, payload) => {
    streams[stream] += Buffer.from(payload).toString('latin1');
  });
  decoder.push(client.bytes);
  return streams;
}

async function logged(path: string): Promise<{ stdout: string; stderr: string }> {
  const read = async (stream: 'stdout' | 'stderr') => {
    const chunks: Uint8Array[] = [];
    const choice = { stdout: stream === 'stdout', stderr: stream === 'stderr' };
    for await (const chunk of readLog(path, choice)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('latin1');
  };
  return { stdout: await read('stdout'), stderr: await read('stderr') };
}
