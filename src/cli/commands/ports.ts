// `skiff ports`: every published port on this engine, and who can reach it.

import type { ContainerSummary } from '../../api/container.ts';
import { string } from '../args/flag.ts';
import { defineCommand } from '../command.ts';
import { printView, type View } from '../output/view.ts';
import { listFormatHelp } from './format-help.ts';

interface PortRow {
  readonly container: string;
  readonly address: string;
  readonly publicPort: number;
  readonly target: string;
}

export const command = defineCommand({
  name: 'ports',
  usage: '[OPTIONS]',
  description: 'List the published ports of all containers and who can reach them',
  args: [0, 0],
  flags: { format: string(listFormatHelp) },
  async run({ flags, engine, world }) {
    const containers = await engine.json<ContainerSummary[]>('GET', '/containers/json');
    await printView(world.stdout, view, rowsOf(containers), { format: flags.format });
  },
});

function rowsOf(containers: readonly ContainerSummary[]): PortRow[] {
  const rows = containers.flatMap((item) =>
    (item.Ports ?? []).flatMap(({ IP, PrivatePort, PublicPort, Type }) => {
      if (!PublicPort) return [];
      const container = (item.Names?.[0] ?? item.Id.slice(0, 12)).replace(/^\//, '');
      return [{ container, address: IP ?? '', publicPort: PublicPort, target: `${PrivatePort}/${Type}` }];
    }),
  );
  return rows.sort((a, b) => a.publicPort - b.publicPort || (a.address < b.address ? -1 : 1));
}

const view: View<PortRow> = {
  fields: {
    Address: [
      'ADDRESS',
      ({ address, publicPort }) => `${address.includes(':') ? `[${address}]` : address}:${publicPort}`,
    ],
    Container: ['CONTAINER', (row) => row.container],
    Port: ['PORT', (row) => row.target],
    Reach: ['REACHABLE FROM', ({ address }) => reach(address)],
  },
  columns: ['Address', 'Port', 'Container', 'Reach'],
  quiet: 'Address',
  type: 'ports.row',
};

function reach(address: string): string {
  if (/^127\.|^::1$/.test(address)) return 'this machine only';
  if (address === '' || address === '0.0.0.0')
    return "any machine with a way here by IPv4, unless the host's firewall forbids";
  if (address === '::') return "any machine with a way here by IPv6, unless the host's firewall forbids";
  return `machines that reach ${address}, unless the host's firewall forbids`;
}
