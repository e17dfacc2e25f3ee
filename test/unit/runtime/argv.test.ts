import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  deleteArgv,
  execArgv,
  killArgv,
  pauseArgv,
  runArgv,
  updateArgv,
} from '../../../src/runtime/runc/argv.ts';
import { conmonArgv, type ShimRequest } from '../../../src/runtime/shim/conmon.ts';
import { SHELL, writeWrapper } from '../../../src/runtime/shim/wrapper.ts';

const RUNC = { path: '/usr/sbin/runc', root: '/run/x/runc/runc', log: '/run/x/b/runc.log' };
const GLOBAL = '/usr/sbin/runc --root /run/x/runc/runc --log /run/x/b/runc.log --log-format json';

t.test('runc', async (t) => {
  const files = { process: 'p.json', pid: 'p.pid', console: 'c' };
  const rows: [argv: string[], line: string][] = [
    [runArgv(RUNC, '/run/x/b', 'ID'), `${GLOBAL} run --detach --bundle /run/x/b --pid-file /run/x/b/pid ID`],
    [execArgv(RUNC, 'ID', files, false), `${GLOBAL} exec --process p.json --pid-file p.pid ID`],
    [
      execArgv(RUNC, 'ID', files, true),
      `${GLOBAL} exec --tty --detach --console-socket c --process p.json --pid-file p.pid ID`,
    ],
    [updateArgv(RUNC, 'ID'), `${GLOBAL} update --resources - ID`],
    [killArgv(RUNC, 'ID', 9), '/usr/sbin/runc --root /run/x/runc/runc kill ID 9'],
    [pauseArgv(RUNC, 'ID'), '/usr/sbin/runc --root /run/x/runc/runc pause ID'],
    [deleteArgv(RUNC, 'ID'), '/usr/sbin/runc --root /run/x/runc/runc delete ID'],
  ];
  for (const [argv, line] of rows) t.equal(argv.join(' '), line);
});

t.test('conmon', async (t) => {
  const request: ShimRequest = {
    ...{ id: 'ID', bundle: '/b', conmon: '/usr/bin/conmon', wrapper: '/w', exitDir: '/exits', runtime: RUNC },
    ...{ terminal: false, stdin: false, leaveStdinOpen: true, logPath: undefined },
    environment: {},
  };
  const before = 'conmon --api-version 1 --cid ID --cuuid ID --name ID --runtime';
  const after =
    '--bundle /b --container-pidfile /b/pid --exit-dir /exits --full-attach --sync --no-sync-log --log-level error';
  const base = `${before} /bin/sh ${after}`;
  const runtime = ['/w', RUNC.path, RUNC.root, RUNC.log].map((arg) => `--runtime-arg ${arg}`).join(' ');
  const direct = `${GLOBAL.replace(RUNC.path, '').trim()} run --detach --bundle`.split(' ');
  const rows: [change: Partial<ShimRequest>, line: string][] = [
    [{}, `${base} --log-path none ${runtime}`],
    [{ logPath: '/l' }, `${base} --log-path k8s-file:/l ${runtime}`],
    [{ terminal: true }, `${base} --log-path none ${runtime} --terminal`],
    [{ stdin: true }, `${base} --log-path none ${runtime} --stdin --leave-stdin-open`],
    [{ stdin: true, leaveStdinOpen: false }, `${base} --log-path none ${runtime} --stdin`],
    [
      { wrapper: undefined },
      `${before} ${RUNC.path} ${after} --log-path none ${direct.map((arg) => `--runtime-arg ${arg}`).join(' ')}`,
    ],
  ];
  for (const [change, line] of rows) t.equal(conmonArgv({ ...request, ...change }).join(' '), line);
});

t.test('the wrapper hands on what it is given, whatever is in it', async (t) => {
  const wrapper = join(t.testdir(), 'wrapper');
  writeWrapper(wrapper);
  t.equal(statSync(wrapper).mode & 0o777, 0o644, 'it is not run by itself: /run may be mounted noexec');
  const said = execFileSync(
    SHELL,
    [wrapper, '/bin/echo', 'my root', 'my $(log)', 'create', '--bundle', 'a b; c', 'ID'],
    { encoding: 'utf8' },
  );
  t.equal(said, '--root my root --log my $(log) --log-format json run --detach --bundle a b; c ID\n');
});
