// `skiff context import`.

import { createReadStream } from 'node:fs';
import { defineCommand } from '../../command.ts';
import { parseEndpoint } from '../../connection/endpoint.ts';
import { listContexts, writeContext } from '../../context-store.ts';
import { ExitError } from '../../exit.ts';
import { openInput } from '../../input-file.ts';
import { readTar } from '../../tar/read.ts';

interface Meta {
  readonly Metadata?: { readonly Description?: string };
  readonly Endpoints?: { readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean } };
}

export const command = defineCommand({
  name: 'context import',
  usage: 'CONTEXT FILE|-',
  description: 'Import a context from a tar file',
  args: [2, 2],
  flags: {},
  async run({ args: [name = '', file = ''], config, world }) {
    if (name === 'default' || listContexts(config.directory).some((context) => context.name === name)) {
      throw new ExitError(`context "${name}" already exists`);
    }
    const meta = await readMeta(file === '-' ? world.stdin : await openInput(file, createReadStream));
    const endpoint = meta.Endpoints?.docker;
    if (!endpoint?.Host) throw new ExitError('the archive names no host');
    parseEndpoint(endpoint.Host);
    const tls = endpoint.SkipTLSVerify ? { verify: false } : undefined;
    writeContext(config.directory, {
      name,
      description: meta.Metadata?.Description ?? '',
      host: endpoint.Host,
      tls,
    });
    world.stdout.write(`${name}\n`);
    world.stderr.write(`Successfully imported context "${name}"\n`);
  },
});

async function readMeta(source: AsyncIterable<Buffer>): Promise<Meta> {
  for await (const { header, content } of readTar(source)) {
    if (header.name !== 'meta.json' || header.size > 1 << 20) continue;
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString()) as Meta;
  }
  throw new ExitError('unexpected context file: it has no meta.json');
}
