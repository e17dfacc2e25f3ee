// The `skiff` command: a client of the Docker Engine API and nothing else. program.ts does the work; this
// file ties it to the process.

import { systemReason } from './input-file.ts';
import { runProgram } from './program.ts';
import { processWorld } from './world.ts';

const world = processWorld();
// A reader that has gone (`skiff logs web | head -1`) ends the command without a word, as SIGPIPE would. Docker's client
// catches that one too where it passes signals on, and reports the failed write, like any other.
world.stdout.on('error', (error: NodeJS.ErrnoException) => {
  const passesSignalsOn = process.listenerCount('SIGHUP') > 0;
  if (error.code === 'EPIPE' && !passesSignalsOn) process.exit(141);
  const reason = error.code === 'EPIPE' ? 'broken pipe' : systemReason(error);
  world.stderr.write(`write /dev/stdout: ${reason}\n`);
  process.exit(1);
});
// Docker's client ends by an exit code, not by the signal; commands that pass signals on listen themselves.
for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(name, () => {
    if (process.listenerCount(name) === 1) process.exit(code);
  });
}
void runProgram(process.argv.slice(2), world).then(async (code) => {
  await world.finish();
  process.exit(code);
});
