// The `skiff` command: a client of the Docker Engine API and nothing else. program.ts does the work; this
// file ties it to the process.

import { runProgram } from './program.ts';
import { processWorld } from './world.ts';

const world = processWorld();
// A reader that has gone (`skiff ps | head -1`) ends the command without a word.
world.stdout.on('error', () => process.exit(1));
runProgram(process.argv.slice(2), world).then((code) => process.exit(code));
