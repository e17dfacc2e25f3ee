// `skiff history`: how an image came about, layer by layer.

import type { ImageHistoryItem } from '../../../api/image.ts';
import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { humanDuration } from '../../output/duration.ts';
import { humanSize } from '../../output/size.ts';
import { ellipsis, shortId } from '../../output/table.ts';
import { printView, type View } from '../../output/view.ts';
import { listFormatHelp } from '../format-help.ts';
import { platformQuery } from './platform.ts';

export const command = defineCommand({
  name: 'image history',
  usage: '[OPTIONS] IMAGE',
  description: 'Show the history of an image',
  args: [1, 1],
  flags: {
    format: string(listFormatHelp),
    human: bool('Print sizes and dates in human readable format', { short: 'H', initial: true }),
    'no-trunc': bool("Don't truncate output"),
    platform: string(
      'Show history for the given platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    ),
    quiet: bool('Only show image IDs', { short: 'q' }),
  },
  async run({ args: [name = ''], flags, engine, world }) {
    const query = { platform: flags.platform && platformQuery(flags.platform) };
    const items = await engine.json<ImageHistoryItem[]>('GET', `/images/${inPath(name)}/history`, { query });
    const view = historyView(flags['no-trunc'], flags.human, world.now());
    await printView(world.stdout, view, items, { format: flags.format, quiet: flags.quiet });
  },
});

function historyView(full: boolean, human: boolean, now: number): View<ImageHistoryItem> {
  const at = (item: ImageHistoryItem) => `${new Date(item.Created * 1000).toISOString().slice(0, 19)}Z`;
  const since = (item: ImageHistoryItem) =>
    item.Created <= 0 ? 'N/A' : `${humanDuration(now - item.Created * 1000)} ago`;
  const by = (item: ImageHistoryItem) => item.CreatedBy.replaceAll('\t', ' ');
  return {
    fields: {
      Comment: ['COMMENT', (item) => item.Comment],
      CreatedAt: ['CREATED AT', at],
      CreatedBy: ['CREATED BY', (item) => (full ? by(item) : ellipsis(by(item), 45))],
      CreatedSince: [human ? 'CREATED' : 'CREATED AT', (item) => (human ? since(item) : at(item))],
      ID: ['IMAGE', (item) => (full ? item.Id : shortId(item.Id))],
      Size: ['SIZE', (item) => (human ? humanSize(item.Size, 3) : String(item.Size))],
    },
    columns: ['ID', 'CreatedSince', 'CreatedBy', 'Size', 'Comment'],
    quiet: 'ID',
    type: '*formatter.historyContext',
  };
}
