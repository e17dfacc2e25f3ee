// `skiff context ls`.

import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { type Context, listContexts } from '../../context-store.ts';
import { naturalOrder } from '../../output/natural-order.ts';
import { printView, type View } from '../../output/view.ts';
import { listFormatHelp } from '../format-help.ts';
import { currentContext, defaultContext, overrideWarning } from './current.ts';

export const command = defineCommand({
  name: 'context ls',
  usage: '[OPTIONS]',
  description: 'List contexts',
  args: [0, 0],
  flags: {
    format: string(listFormatHelp),
    quiet: bool('Only show context names', { short: 'q' }),
  },
  async run({ flags, engine, config, world }) {
    const current = currentContext(config, world.env);
    const contexts = [defaultContext(engine, current), ...listContexts(config.directory)].sort((a, b) =>
      naturalOrder(a.name, b.name),
    );
    const view: View<Context> = {
      fields: {
        Current: ['CURRENT', (item) => item.name === current],
        Description: ['DESCRIPTION', (item) => item.description],
        DockerEndpoint: ['DOCKER ENDPOINT', (item) => item.host],
        Error: ['ERROR', () => ''],
        Name: [
          'NAME',
          (item) =>
            item.name === current && !flags.quiet && flags.format === '' ? `${item.name} *` : item.name,
        ],
      },
      columns: ['Name', 'Description', 'DockerEndpoint', 'Error'],
      quiet: 'Name',
      type: '*formatter.clientContextContext',
    };
    await printView(world.stdout, view, contexts, { format: flags.format, quiet: flags.quiet });
    world.stderr.write(overrideWarning(world.env));
  },
});
