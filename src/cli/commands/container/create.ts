// `skiff create`: a container that does not run yet.

import { any, defineCommand } from '../../command.ts';
import { createContainer } from '../../create/create-container.ts';
import { createFlags } from '../../create/flags.ts';
import { createRequest } from '../../create/request.ts';
import { withUsageHint } from '../../create/usage-hint.ts';

export const command = defineCommand({
  name: 'container create',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  description: 'Create a new container',
  args: [1, any],
  interspersed: false,
  flags: createFlags,
  async run({ args: [image = '', ...words], flags, changed, typed, engine, config, world }) {
    const request = await withUsageHint(typed, async () =>
      createRequest({ flags, changed, image, command: words, env: world.env, terminal: world.stdout }),
    );
    const id = await createContainer({ request, flags, engine, config }, world);
    world.stdout.write(`${id}\n`);
  },
});
