// `skiff logout`: forgets the credentials for a registry.

import { defineCommand } from '../command.ts';
import { registryKey } from '../registry/credentials.ts';
import { eraseCredentials } from '../registry/keep-credentials.ts';

export const command = defineCommand({
  name: 'logout',
  usage: '[SERVER]',
  description: 'Log out from a registry.\nIf no server is specified, the default is Docker Hub.',
  args: [0, 1],
  flags: {},
  async run({ args: [name], config, world }) {
    const server = registryKey((name ?? 'docker.io').replace(/^https?:\/\//, '').replace(/\/$/, ''));
    world.stdout.write(`Removing login credentials for ${server}\n`);
    await eraseCredentials(config, server);
  },
});
