import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createFailure, execFailure } from '../../../src/runtime/runc/error.ts';

const PREFIX = 'failed to create shim task: OCI runtime create failed: ';
const START = 'unable to start container process: ';

t.test('runc said', async (t) => {
  const log = join(t.testdir(), 'runc.log');
  const rows: [said: string, message: string, exitCode: number, kind: string][] = [
    [
      `runc run failed: ${START}exec: "x": executable file not found in $PATH`,
      `${PREFIX}runc create failed: ${START}exec: "x": executable file not found in $PATH: unknown`,
      127,
      'invalid-argument',
    ],
    [
      `runc run failed: ${START}exec: "/x": permission denied`,
      `${PREFIX}runc create failed: ${START}exec: "/x": permission denied: unknown`,
      126,
      'invalid-argument',
    ],
    [
      `runc run failed: ${START}error mounting "/a" to rootfs at "/b": not a directory`,
      `${PREFIX}runc create failed: ${START}error mounting "/a" to rootfs at "/b": not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type`,
      127,
      'invalid-argument',
    ],
    [
      'runc run failed: something else',
      `${PREFIX}runc create failed: something else: unknown`,
      128,
      'internal',
    ],
  ];
  for (const [msg, message, exitCode, kind] of rows) {
    const warning = JSON.stringify({ level: 'warning', msg: 'lchown failed' });
    writeFileSync(log, `${JSON.stringify({ level: 'error', msg })}\n${warning}\n{"level":"err`);
    t.match(createFailure(log, ''), { message, exitCode, kind }, msg);
  }
  writeFileSync(
    log,
    JSON.stringify({ level: 'error', msg: `exec failed: ${START}exec: "x": no such file or directory` }),
  );
  t.match(execFailure(log, ''), {
    message: `OCI runtime exec failed: exec failed: ${START}exec: "x": no such file or directory: unknown`,
    exitCode: 127,
  });
  writeFileSync(log, JSON.stringify({ level: 'error', msg: 'exec failed: something else' }));
  t.match(execFailure(log, ''), {
    message: 'OCI runtime exec failed: exec failed: something else: unknown',
    exitCode: 126,
  });
  t.match(createFailure(join(t.testdirName, 'absent'), 'no word'), {
    message: `${PREFIX}no word: unknown`,
    exitCode: 128,
  });
});
