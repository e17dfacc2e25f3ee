// The columns of `skiff stats`.

import { binarySize, humanSize } from '../output/size.ts';
import { shortId } from '../output/table.ts';
import type { View } from '../output/view.ts';
import type { Usage } from '../stats/usage.ts';

const unknown = '--';

export function statsView(full: boolean): View<Usage> {
  const once =
    (show: (row: Usage) => string, otherwise = unknown) =>
    (row: Usage) =>
      row.known ? show(row) : otherwise;
  const pair = `${unknown} / ${unknown}`;
  return {
    fields: {
      BlockIO: ['BLOCK I/O', once((row) => `${humanSize(row.read, 3)} / ${humanSize(row.written, 3)}`, pair)],
      CPUPerc: ['CPU %', once((row) => `${row.cpu.toFixed(2)}%`)],
      Container: ['CONTAINER', (row) => row.container],
      ID: ['CONTAINER ID', (row) => (full ? row.id : shortId(row.id)) || unknown],
      MemPerc: ['MEM %', once((row) => `${percent(row).toFixed(2)}%`)],
      MemUsage: [
        'MEM USAGE / LIMIT',
        once((row) => `${binarySize(row.memory)} / ${binarySize(row.memoryLimit)}`, pair),
      ],
      Name: ['NAME', (row) => row.name || unknown],
      NetIO: ['NET I/O', once((row) => `${humanSize(row.received, 3)} / ${humanSize(row.sent, 3)}`, pair)],
      PIDs: ['PIDS', once((row) => String(row.pids))],
    },
    columns: ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'],
    quiet: 'ID',
    type: '*container.statsContext',
  };
}

function percent({ memory, memoryLimit }: Usage): number {
  return memoryLimit > 0 ? (memory / memoryLimit) * 100 : 0;
}
