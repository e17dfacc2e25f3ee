// `skiff cp`: files and folders between a container and this machine, or a tar stream.

import { bool } from '../../args/flag.ts';
import { type Call, defineCommand } from '../../command.ts';
import { type CopyEnds, copyFromContainer, copyToContainer } from '../../copy/copy.ts';
import { ExitError } from '../../exit.ts';
import { humanSize } from '../../output/size.ts';

const copyFlags = {
  archive: bool('Archive mode (copy all uid/gid information)', { short: 'a' }),
  'follow-link': bool('Always follow symbol link in SRC_PATH', { short: 'L' }),
  quiet: bool(
    'Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached',
    { short: 'q' },
  ),
};

export const command = defineCommand({
  name: 'container cp',
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tskiff cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  description: [
    'Copy files/folders between a container and the local filesystem',
    '',
    "Use '-' as the source to read a tar archive from stdin",
    'and extract it to a directory destination in a container.',
    "Use '-' as the destination to stream a tar archive of a",
    'container source to stdout.',
  ].join('\n'),
  args: [2, 2],
  flags: copyFlags,
  async run(call) {
    const { args, world } = call;
    const [from, to] = [splitEnd(args[0] ?? ''), splitEnd(args[1] ?? '')];
    if (args[0] === '') throw new ExitError('source can not be empty');
    if (args[1] === '') throw new ExitError('destination can not be empty');
    if (from.container && to.container) throw new ExitError('copying between containers is not supported');
    if (!from.container && !to.container) throw new ExitError('must specify at least one container source');
    const copied = await copy(call, from, to);
    if (call.flags.quiet || !world.stdout.isTTY || from.path === '-' || to.path === '-') return;
    world.stderr.write(`Successfully copied ${humanSize(copied, 3)} to ${args[1]}\n`);
  },
});

interface End {
  readonly container: string;
  readonly path: string;
}

async function copy({ flags, engine, world }: Call<typeof copyFlags>, from: End, to: End): Promise<number> {
  const ends: CopyEnds = {
    container: from.container || to.container,
    source: from.path,
    target: to.path,
    follow: flags['follow-link'],
    owners: flags.archive,
  };
  return from.container ? copyFromContainer(ends, engine, world) : copyToContainer(ends, engine, world);
}

/** `name:path`; a path that starts with `/` or `.` is local, whatever follows. */
function splitEnd(text: string): End {
  const cut = text.indexOf(':');
  if (text.startsWith('/') || text.startsWith('.') || cut < 0) return { container: '', path: text };
  return { container: text.slice(0, cut), path: text.slice(cut + 1) };
}
