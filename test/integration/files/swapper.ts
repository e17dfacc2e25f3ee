/**
 * A child process that is hostile to whoever works below a directory: as fast as it can, it puts a link in the place
 * of the directory `race`, and back. Arguments: the directory, where the link leads.
 */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';

const [directory = '', target = ''] = process.argv.slice(2);
process.chdir(directory);
symlinkSync(target, 'link');
process.stdout.write('swapping\n');
process.on('disconnect', () => process.exit(0));
let isInPlace = true;
const swap = (): void => {
  try {
    for (let i = 0; i < 200; i++) swapOnce();
  } catch {
    isInPlace = false;
  }
  setImmediate(isInPlace ? swap : beginAnew);
};
swap();

function swapOnce(): void {
  renameSync('race', 'aside');
  renameSync('link', 'race');
  renameSync('race', 'link');
  renameSync('aside', 'race');
}

/** Whoever works here may make a directory where there is none for a moment. */
function beginAnew(): void {
  try {
    for (const name of ['race', 'aside', 'link']) rmSync(name, { recursive: true, force: true });
    mkdirSync('race');
    symlinkSync(target, 'link');
    isInPlace = true;
  } catch {
    // Again, then.
  }
  setImmediate(isInPlace ? swap : beginAnew);
}
