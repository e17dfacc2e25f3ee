// `skiff search`: images of Docker Hub or another registry that searches.

import type { ImageSearchItem } from '../../api/image.ts';
import { bool, filter, int, string } from '../args/flag.ts';
import { defineCommand } from '../command.ts';
import { ellipsis } from '../output/table.ts';
import { printView, type View } from '../output/view.ts';
import { registryAuth } from '../registry/credentials.ts';
import { filtersOf } from './filters.ts';

export const command = defineCommand({
  name: 'search',
  usage: '[OPTIONS] TERM',
  description: 'Search Docker Hub for images',
  args: [1, 1],
  flags: {
    filter: filter('Filter output based on conditions provided', { short: 'f' }),
    format: string('Pretty-print search using a Go template'),
    limit: int('Max number of search results'),
    'no-trunc': bool("Don't truncate output"),
  },
  async run({ args: [term = ''], flags, engine, config, world }) {
    const domain = /^([^/]*[.:][^/]*)\//.exec(term)?.[1] ?? 'docker.io';
    const query = { term, limit: flags.limit || undefined, filters: filtersOf(flags.filter) };
    const headers = { 'X-Registry-Auth': await registryAuth(config, domain) };
    const found = await engine.json<ImageSearchItem[]>('GET', '/images/search', { query, headers });
    const sorted = (found ?? []).sort((a, b) => b.star_count - a.star_count);
    await printView(world.stdout, searchView(flags['no-trunc']), sorted, { format: flags.format });
  },
});

function searchView(full: boolean): View<ImageSearchItem> {
  const oneLine = (text: string) => text.replace(/[\r\n]/g, ' ');
  return {
    fields: {
      Description: [
        'DESCRIPTION',
        (item) => (full ? oneLine(item.description) : ellipsis(oneLine(item.description), 45)),
      ],
      IsAutomated: ['AUTOMATED', (item) => (item.is_automated ? '[OK]' : '')],
      IsOfficial: ['OFFICIAL', (item) => (item.is_official ? '[OK]' : '')],
      Name: ['NAME', (item) => item.name],
      StarCount: ['STARS', (item) => String(item.star_count)],
    },
    columns: ['Name', 'Description', 'StarCount', 'IsOfficial'],
    quiet: 'Name',
    type: '*formatter.searchContext',
  };
}
