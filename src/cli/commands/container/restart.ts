// `skiff restart`: a stop, and a fresh start.

import { any, defineCommand } from '../../command.ts';
import { endEach, endingFlags } from './ending.ts';

export const command = defineCommand({
  name: 'container restart',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Restart one or more containers',
  args: [1, any],
  flags: endingFlags,
  run: (call) => endEach(call, 'restart'),
});
