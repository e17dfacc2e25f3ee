// `skiff volume update`: exists for cluster volumes only; the engine says whether it has them.

import type { VolumeResource } from '../../../api/volume.ts';
import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { ExitError } from '../../exit.ts';

export const command = defineCommand({
  name: 'volume update',
  usage: '[OPTIONS] [VOLUME]',
  description: 'Update a volume (cluster volumes only)',
  args: [1, 1],
  flags: {
    availability: string('Cluster Volume availability ("active", "pause", "drain")', { initial: 'active' }),
  },
  async run({ args: [name = ''], flags, engine }) {
    const volume = await engine.json<VolumeResource>('GET', `/volumes/${inPath(name)}`);
    if (!('ClusterVolume' in volume)) throw new ExitError('can only update cluster volumes');
    const json = { Spec: { Availability: flags.availability } };
    await engine.json('PUT', `/volumes/${inPath(name)}`, { query: { version: 0 }, json });
  },
});
