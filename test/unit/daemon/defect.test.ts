import { execFile } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';

const fixture = join(import.meta.dirname, '../../fixtures/defect.ts');

t.test('what nobody caught ends the daemon, though a thread waits for somebody who never comes', (t) => {
  execFile(process.execPath, [fixture], { timeout: 30_000, env: {} }, (error, stdout, stderr) => {
    t.equal(stderr, '');
    t.match(error, { code: 1, killed: false });
    t.match(stdout, /should not have happened/);
    t.end();
  });
});
