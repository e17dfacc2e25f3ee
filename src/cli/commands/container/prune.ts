// `skiff container prune`.

import { containerPrune } from '../prune.ts';
import { pruneCommand } from '../prune-command.ts';

export const command = pruneCommand({
  name: 'container prune',
  description: 'Remove all stopped containers',
  warning: 'WARNING! This will remove all stopped containers.',
  target: containerPrune,
});
