import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import t from 'tap';
import { findProcess, isAlive, nameProcess, signalProcess } from '../../../src/kernel/process.ts';
import { Children, pipe } from '../../../src/kernel/spawn.ts';
import { inheritOrphans } from '../../../src/kernel/subreaper.ts';

const SHELL = { path: '/bin/sh', env: { PATH: '/bin:/usr/bin' } };

t.test('children', async (t) => {
  const children = new Children();
  t.teardown(() => children.close());
  const shell = (script: string, fds: (number | undefined)[] = [undefined, undefined, undefined]) =>
    children.spawn({ ...SHELL, argv: ['sh', '-c', script], fds });

  t.equal(await shell('exit 7').exited, 7);
  t.equal(await shell('kill -KILL $$').exited, 137);
  t.throws(() => children.spawn({ ...SHELL, path: '/nope', argv: ['nope'], fds: [] }), { code: 'ENOENT' });

  await t.test('descriptors: copies where asked, nothing else', async (t) => {
    const leak = openSync('/dev/null', 'r');
    const { read, write } = pipe();
    const child = shell(
      'echo $0; ls /proc/self/fd | tr "\\n" " "; echo >&3; cat /proc/$$/status >/dev/null',
      [undefined, write, undefined, write],
    );
    closeSync(write);
    const buffer = Buffer.alloc(4096);
    await child.exited;
    const text = buffer.subarray(0, readSync(read, buffer)).toString();
    closeSync(read);
    closeSync(leak);
    t.match(text, /^sh\n0 1 2 3 4 \n/);
  });

  await t.test('signals are at their defaults', async (t) => {
    const { read, write } = pipe();
    const child = shell('grep -E "Sig(Ign|Blk)" /proc/self/status', [undefined, write]);
    closeSync(write);
    await child.exited;
    const buffer = Buffer.alloc(400);
    t.equal(
      buffer.subarray(0, readSync(read, buffer)).toString(),
      'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n',
    );
    closeSync(read);
  });

  await t.test('an orphan is adopted, running or ended', async (t) => {
    const rows: [script: string, code: number][] = [
      ['sleep 0.2; exit 9', 9],
      ['exit 8', 8],
      ['kill -TERM $$', 143],
    ];
    for (const [script, code] of rows) {
      const { read, write } = pipe();
      const letOrphansGo = inheritOrphans();
      const parent = shell(`sh -c '${script}' & exec echo $!`, [undefined, write]);
      closeSync(write);
      await parent.exited;
      letOrphansGo();
      const buffer = Buffer.alloc(20);
      const pid = Number(buffer.subarray(0, readSync(read, buffer)));
      closeSync(read);
      t.equal(await children.adopt(pid)?.exited, code, script);
      t.equal(children.adopt(pid), undefined, 'once');
    }
  });

  await t.test('beside Node’s own children', async (t) => {
    const theirs = Array.from({ length: 10 }, (_, n) => once(spawn('/bin/sh', ['-c', `exit ${n}`]), 'exit'));
    const ours = Array.from({ length: 10 }, (_, n) => shell(`exit ${n + 100}`).exited);
    t.strictSame(
      await Promise.all(ours),
      [...ours.keys()].map((n) => n + 100),
    );
    t.strictSame(
      (await Promise.all(theirs)).map(([code]) => code),
      [...theirs.keys()],
    );
  });
});

t.test('process names', async (t) => {
  const children = new Children();
  t.teardown(() => children.close());
  const child = children.spawn({ ...SHELL, argv: ['sh', '-c', 'sleep 60; :', 'findme'], fds: [] });
  const name = nameProcess(child.pid);
  if (!name) return t.fail('a running process has a name');
  t.ok(isAlive(name));
  t.strictSame(
    findProcess((argv) => argv[3] === 'findme'),
    name,
  );
  const other = { ...name, startTime: '1' };
  t.notOk(isAlive(other), 'the pid alone is not enough');
  t.equal(signalProcess(other, 9), false, 'nor is it for a signal');
  t.ok(signalProcess(name, 15));
  t.equal(await child.exited, 143);
  t.equal(signalProcess(name, 15), false);
  t.notOk(isAlive(name));
  t.match(readFileSync('/proc/self/stat', 'latin1'), String(nameProcess(process.pid)?.startTime));
});
