/**
 * A child process that is hostile to whoever works below a directory: as fast as it can, it puts a link in the place
 * of the directory `race`, and back. Arguments: the directory, where the link leads.
 */
import { renameSync, symlinkSync } from 'node:fs';

const [directory = '', target = ''] = process.argv.slice(2);
process.chdir(directory);
symlinkSync(target, 'link');
process.stdout.write('swapping\n');
process.on('disconnect', () => process.exit(0));
const swap = (): void => {
  for (let i = 0; i < 200; i++) {
    renameSync('race', 'aside');
    renameSync('link', 'race');
    renameSync('race', 'link');
    renameSync('aside', 'race');
  }
  setImmediate(swap);
};
swap();
