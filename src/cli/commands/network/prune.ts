// `skiff network prune`.

import { networkPrune } from '../prune.ts';
import { pruneCommand } from '../prune-command.ts';

export const command = pruneCommand({
  name: 'network prune',
  description: 'Remove all unused networks',
  warning: 'WARNING! This will remove all custom networks not used by at least one container.',
  target: networkPrune,
});
