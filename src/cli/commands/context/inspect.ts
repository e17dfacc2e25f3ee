// `skiff context inspect`.

import { string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { readContext } from '../../context-store.ts';
import { objectFormatHelp } from '../format-help.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { currentContext, defaultContext } from './current.ts';

export const command = defineCommand({
  name: 'context inspect',
  usage: '[OPTIONS] [CONTEXT] [CONTEXT...]',
  description: 'Display detailed information on one or more contexts',
  args: [0, any],
  flags: { format: string(objectFormatHelp, { short: 'f' }) },
  async run({ args, flags, engine, config, world }) {
    const current = currentContext(config, world.env);
    const fetch = async (name: string) => {
      const context =
        name === 'default' ? defaultContext(engine, current) : readContext(config.directory, name);
      return {
        Name: context.name,
        Metadata: context.description && name !== 'default' ? { Description: context.description } : {},
        Endpoints: { docker: { Host: context.host, SkipTLSVerify: context.tls?.verify === false } },
        TLSMaterial: {},
        Storage: {
          MetadataPath: name === 'default' ? '<IN MEMORY>' : config.directory,
          TLSPath: '<IN MEMORY>',
        },
      };
    };
    await inspectObjects({ names: args.length > 0 ? args : [current], format: flags.format, fetch }, world);
  },
});
