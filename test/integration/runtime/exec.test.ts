/** One more process in a running container: with pipes, with a terminal, detached, refused, signalled. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { newId } from '../../../src/core/ids.ts';
import type { ExecRequest } from '../../../src/runtime/task.ts';
import { all, Client, lacking, makeProcess, openFixture } from './fixture.ts';

t.test('exec', { skip: lacking() }, async (t) => {
  const { tasks, request, execRoot } = await openFixture(t);
  const { task } = await tasks.start(request(['sleep', '600']));
  const exec = (args: string[], rest: Partial<ExecRequest> = {}, terminal = false) =>
    task.exec({
      id: newId(),
      process: { ...makeProcess(args), terminal },
      ...{ stdin: true, stdout: true, stderr: true },
      ...rest,
    });

  await t.test('output, input, exit code', async (t) => {
    const client = new Client();
    const process = await exec(['sh', '-c', 'echo out; echo err >&2; cat; exit 6'], { client });
    t.ok(process.pid > 1);
    client.push('in\n');
    client.push(null);
    t.equal((await process.exited).code, 6);
    t.equal(await process.attachment?.done, 'output-ended');
    t.match(client.text, /out\n/);
    t.match(client.text, /err\n/);
    t.match(client.text, /in\n/);
  });

  await t.test('32 MB byte for byte', async (t) => {
    const hash = createHash('sha256');
    const client = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        hash.update(chunk);
        done();
      },
    });
    const process = await exec(['dd', 'if=/dev/zero', 'bs=1M', 'count=32'], { client, stderr: false });
    t.equal((await process.exited).code, 0);
    t.equal(await process.attachment?.done, 'output-ended');
    t.equal(
      hash.digest('hex'),
      createHash('sha256')
        .update(Buffer.alloc(32 * 1024 * 1024))
        .digest('hex'),
    );
  });

  await t.test('a terminal with a size', async (t) => {
    const client = new Client();
    const process = await exec(['sh', '-c', 'read go; stty size; exit 4'], { client }, true);
    await process.resize(33, 99);
    await sleep(50);
    client.push('go\n');
    t.equal((await process.exited).code, 4);
    t.equal(await process.attachment?.done, 'output-ended');
    t.match(client.text, /33 99\r\n/);
  });

  await t.test('detach keys leave it running', async (t) => {
    const client = new Client();
    const process = await exec(['sleep', '600'], { client }, true);
    client.push(Buffer.from([16, 17]));
    t.equal(await process.attachment?.done, 'detached');
    process.kill(9);
    t.equal((await process.exited).code, 137);
  });

  await t.test('detached, and signalled', async (t) => {
    const process = await exec(['sleep', '600']);
    t.equal(process.attachment, undefined);
    await process.resize(10, 20);
    t.ok(task.pids().includes(process.pid));
    process.kill(15);
    t.equal((await process.exited).code, 143);
    process.kill(15);
  });

  await t.test('a client that goes does not take it along', async (t) => {
    const client = new Client();
    const process = await exec(['sh', '-c', 'sleep 0.2; exit 8'], { client, stdin: false });
    client.destroy();
    t.equal(await process.attachment?.done, 'client-gone');
    t.equal((await process.exited).code, 8);
  });

  const failures: [args: string[], terminal: boolean, exitCode: number, message: RegExp][] = [
    [
      ['nope'],
      false,
      127,
      /^OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in \$PATH: unknown$/,
    ],
    [['nope'], true, 127, /exec: "nope": executable file not found in \$PATH: unknown$/],
    [['/etc'], false, 126, /exec: "\/etc": permission denied: unknown$/],
  ];
  for (const [args, terminal, exitCode, message] of failures) {
    await t.test(`refused: ${args}${terminal ? ' on a terminal' : ''}`, async (t) => {
      const client = new Client();
      await t.rejects(exec(args, all(client), terminal), { exitCode, message });
      t.equal(client.text, '', 'what runc says of it is not the output of a process');
    });
  }

  await t.test('ten at once', async (t) => {
    const codes = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => (await (await exec(['sh', '-c', `exit ${n}`])).exited).code),
    );
    t.strictSame(codes, [...codes.keys()]);
  });

  await sleep(20);
  const folder = join(execRoot, 'bundles', task.id, 'exec');
  t.strictSame(existsSync(folder) && readdirSync(folder), [], 'no exec leaves anything');
});
