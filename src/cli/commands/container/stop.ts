// `skiff stop`: a polite signal, patience, then SIGKILL.

import { any, defineCommand } from '../../command.ts';
import { endEach, endingFlags } from './ending.ts';

export const command = defineCommand({
  name: 'container stop',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Stop one or more running containers',
  args: [1, any],
  flags: endingFlags,
  run: (call) => endEach(call, 'stop'),
});
