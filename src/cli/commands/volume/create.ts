// `skiff volume create`.

import type { VolumeResource } from '../../../api/volume.ts';
import { list, map, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { labelsOf } from '../../create/files.ts';
import { ExitError } from '../../exit.ts';
import { clusterFlags, clusterSpec } from './cluster.ts';

export const command = defineCommand({
  name: 'volume create',
  usage: '[OPTIONS] [VOLUME]',
  description: 'Create a volume',
  args: [0, 1],
  flags: {
    ...clusterFlags,
    driver: string('Specify volume driver name', { short: 'd', initial: 'local' }),
    label: list('Set metadata for a volume'),
    name: string('Specify volume name', { hidden: true }),
    opt: map('Set driver specific options', { short: 'o' }),
  },
  async run({ args: [name], flags, changed, engine, world }) {
    if (name !== undefined && flags.name !== '') {
      throw new ExitError(
        'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
      );
    }
    const json = {
      Name: name ?? flags.name,
      Driver: flags.driver,
      DriverOpts: flags.opt,
      Labels: labelsOf([], flags.label),
      ...clusterSpec(flags, changed),
    };
    const volume = await engine.json<VolumeResource>('POST', '/volumes/create', { json });
    world.stdout.write(`${volume.Name}\n`);
  },
});
