/** One more process in a running container: with pipes, with a terminal, detached, refused, signalled. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { newId } from '../../../src/core/ids.ts';
import type { OciProcess } from '../../../src/runtime/oci.ts';
import type { ExecRequest } from '../../../src/runtime/task.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { all, Client, lacking, makeProcess, openFixture } from './fixture.ts';

t.test('exec', { skip: lacking() }, async (t) => {
  const mute = join(t.testdirName, 'mute');
  const { tasks, request, execRoot } = await openFixture(t, { runtimes: { mute: { path: mute } } });
  const { task } = await tasks.start(request(['sleep', '600']));
  const exec = (
    args: string[],
    rest: Partial<ExecRequest> = {},
    terminal = false,
    change: Partial<OciProcess> = {},
  ) =>
    task.exec({
      id: newId(),
      process: { ...makeProcess(args), terminal, ...change },
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

  await t.test('a terminal changes what the program lets it change, and nothing more', async (t) => {
    const screen = async (script: string, rest: Partial<OciProcess> = {}) => {
      const client = new Client();
      const process = await exec(['sh', '-c', script], { client, stdin: false }, true, rest);
      t.equal((await process.exited).code, 0);
      await process.attachment?.done;
      return client.text;
    };
    t.equal(await screen("stty raw -echo; printf 'a\\nb\\n'"), 'a\nb\n');
    t.equal(await screen("printf 'a\\nb\\r\\r\\n'"), 'a\r\nb\r\r\r\n', 'lines of a terminal as it is made');
    t.equal(await screen('tty'), '/dev/pts/0\r\n', 'it is one of the container');
    t.equal(await screen('stty size', { consoleSize: { height: 20, width: 90 } }), '20 90\r\n');
    const long = 'x'.repeat(99_999);
    t.equal(
      await screen(`stty raw; yes ${'x'.repeat(99)} | head -n 20000`),
      `${'x'.repeat(99)}\n`.repeat(20_000),
    );
    for (let n = 0; n < 5; n++) {
      const all = await screen(`stty raw; printf %s ${long.slice(0, 3000 * n)}`);
      t.equal(all, long.slice(0, 3000 * n), 'what is written last is not lost at the end');
    }
  });

  await t.test('the end of the process takes the terminal from those it leaves behind', async (t) => {
    const client = new Client();
    const left = '(echo $$; read x; sleep 600) & echo bye';
    const process = await exec(['sh', '-c', left], { client, stdin: false }, true);
    t.equal((await process.exited).code, 0);
    t.equal(await process.attachment?.done, 'output-ended');
    t.match(client.text, /bye\r\n/);
    await waitUntil('the rest has gone', () => task.pids().length === 1);
  });

  await t.test('what is typed becomes a signal, where the terminal says so', async (t) => {
    const client = new Client();
    const script = 'trap "echo caught; exit 5" INT; echo ready; while :; do read line; echo "<$line>"; done';
    const process = await exec(['sh', '-c', script], { client }, true);
    client.push('early\n');
    await waitUntil('an answer', () => client.text.includes('<early>'));
    client.push(Buffer.from([3]));
    t.equal((await process.exited).code, 5);
    await process.attachment?.done;
    t.match(client.text, /\^Ccaught\r\n$/);
  });

  await t.test('processes that are over before anybody looks', async (t) => {
    const clients = Array.from({ length: 8 }, () => new Client());
    const starting = clients.map((client, n) =>
      exec(['sh', '-c', `echo ${n}; exit ${n}`], { client, stdin: false }, true),
    );
    // While the end of one is looked at, others come to theirs: it is known before that they ever ran.
    const look = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    process.prependListener('SIGCHLD', look);
    for (const [n, { exited, attachment }] of (await Promise.all(starting)).entries()) {
      t.equal((await exited).code, n);
      await attachment?.done;
      t.equal(clients[n]?.text, `${n}\r\n`);
    }
    process.off('SIGCHLD', look);
  });

  await t.test('on a terminal that nobody watches', async (t) => {
    const process = await exec(['sh', '-c', 'yes | head -n 100000; exit 3'], {}, true);
    t.equal((await process.exited).code, 3);
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

  await t.test('a runtime that gives no terminal away', async (t) => {
    writeFileSync(mute, MUTE, { mode: 0o755 });
    const other = (await tasks.start(request(['sleep', '600'], { runtime: 'mute' }))).task;
    const process = { ...makeProcess(['sleep', '600']), terminal: true };
    const streams = { stdin: true, stdout: true, stderr: true };
    await t.rejects(other.exec({ id: newId(), process, ...streams, client: new Client() }), /accept4/);
    await waitUntil('its process has been ended and waited for', () => zombies().length === 0);
    const folder = join(execRoot, 'bundles', other.id, 'exec');
    await waitUntil('its files have gone', () => readdirSync(folder).length === 0);
  });

  await t.test('ten at once', async (t) => {
    const codes = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => (await (await exec(['sh', '-c', `exit ${n}`])).exited).code),
    );
    t.strictSame(codes, [...codes.keys()]);
  });

  t.strictSame(zombies(), [], 'every end was collected');
  await sleep(20);
  const folder = join(execRoot, 'bundles', task.id, 'exec');
  t.strictSame(existsSync(folder) && readdirSync(folder), [], 'no exec leaves anything');
});

/** runc, but for an exec with a terminal: that only says which process runs. */
const MUTE = `#!/bin/sh
case "$*" in *--console-socket*)
  sleep 600 >/dev/null 2>&1 &
  while [ "$1" != --pid-file ]; do shift; done
  echo $! >"$2.new"
  exec mv "$2.new" "$2";;
esac
exec runc "$@"
`;

/** Children of this process that have ended and were not waited for. */
function zombies(): string[] {
  const stats = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(readStat);
  return stats.filter((stat) => new RegExp(`\\) Z ${process.pid} `).test(stat));
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}
