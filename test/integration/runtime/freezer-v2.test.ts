/** The freezer of cgroup version 2, which a host with version 1 offers beside it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openCgroup, pidsIn } from '../../../src/runtime/cgroup/cgroup.ts';

const ROOT = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) =>
  existsSync(join(path, 'cgroup.procs')),
);
const lacking = process.getuid?.() === 0 && ROOT ? false : 'needs root and a version 2 hierarchy';

t.test('freeze and thaw', { skip: lacking }, async (t) => {
  const path = join(ROOT ?? '', `skiff-test-${process.pid}`);
  mkdirSync(path);
  const child = spawn('/bin/sh', ['-c', 'while :; do :; done']);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (let tries = 0; tries < 50 && pidsIn(path).length > 0; tries++) await sleep(5);
    rmdirSync(path);
  });
  writeFileSync(join(path, 'cgroup.procs'), String(child.pid));
  const ticks = () => Number(readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(' ')[13]);
  const cgroup = openCgroup({ '': path });
  await cgroup.freeze();
  const before = ticks();
  await sleep(60);
  t.equal(ticks(), before, 'frozen');
  await cgroup.thaw();
  await sleep(60);
  t.ok(ticks() > before, 'thawed');
});
