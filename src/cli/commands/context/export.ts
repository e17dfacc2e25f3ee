// `skiff context export`: a context as a tar archive, to be imported elsewhere. Key files are not part of it.

import { Readable } from 'node:stream';
import { defineCommand } from '../../command.ts';
import { readContext } from '../../context-store.ts';
import { writeArchive } from '../../output/archive.ts';
import { endOfArchive, packText } from '../../tar/pack.ts';

export const command = defineCommand({
  name: 'context export',
  usage: '[OPTIONS] CONTEXT [FILE|-]',
  description: 'Export a context to a tar archive FILE or a tar stream on STDOUT.',
  args: [1, 2],
  flags: {},
  async run({ args: [name = '', file = `${name}.dockercontext`], config, world }) {
    const { description, host, tls } = readContext(config.directory, name);
    const meta = {
      Name: name,
      Metadata: { Description: description },
      Endpoints: { docker: { Host: host, SkipTLSVerify: tls?.verify === false } },
    };
    const archive = [packText('meta.json', Buffer.from(JSON.stringify(meta)), 0), endOfArchive()];
    await writeArchive(Readable.from(archive), file === '-' ? '' : file, world);
    if (file !== '-') world.stderr.write(`Written file ${JSON.stringify(file)}\n`);
  },
});
