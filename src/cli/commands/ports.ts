// `skiff ports`: every published port on this engine, and who can reach it.

import type { ContainerSummary } from '../../api/container.ts';
import type { PortReach } from '../../api/network.ts';
import { string } from '../args/flag.ts';
import { defineCommand } from '../command.ts';
import { isNotFound } from '../connection/api-error.ts';
import type { Engine } from '../connection/engine.ts';
import { printView, type View } from '../output/view.ts';
import { listFormatHelp } from './format-help.ts';

interface PortRow {
  readonly container: string;
  readonly address: string;
  readonly publicPort: number;
  readonly target: string;
  readonly reach: string;
}

export const command = defineCommand({
  name: 'ports',
  usage: '[OPTIONS]',
  description: 'List the published ports of all containers and who can reach them',
  args: [0, 0],
  flags: { format: string(listFormatHelp) },
  async run({ flags, engine, world }) {
    const rows = (await toldByEngine(engine)) ?? (await guessed(engine));
    rows.sort((a, b) => a.publicPort - b.publicPort || (a.address < b.address ? -1 : 1));
    await printView(world.stdout, view, rows, { format: flags.format });
  },
});

/** Nothing when the engine is not one of ours: only it knows the host's firewall. */
async function toldByEngine(engine: Engine): Promise<PortRow[] | undefined> {
  try {
    const ports = await engine.json<PortReach[]>('GET', '/skiff/ports');
    return ports.map((port) => ({
      container: port.ContainerName,
      address: port.IP,
      publicPort: port.PublicPort,
      target: `${port.PrivatePort}/${port.Type}`,
      reach: describeReach(port),
    }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function describeReach({ Reach, IP, Chains }: PortReach): string {
  if (Reach === 'host') return 'this machine';
  if (Reach === 'firewall')
    return `this machine; others as the host's firewall decides (${Chains.join(', ')})`;
  return IP === '0.0.0.0' || IP === '::' ? 'every machine' : `every machine that reaches ${IP}`;
}

async function guessed(engine: Engine): Promise<PortRow[]> {
  const containers = await engine.json<ContainerSummary[]>('GET', '/containers/json');
  return containers.flatMap((item) =>
    (item.Ports ?? []).flatMap(({ IP = '', PrivatePort, PublicPort, Type }) => {
      if (!PublicPort) return [];
      const container = (item.Names?.[0] ?? item.Id.slice(0, 12)).replace(/^\//, '');
      const reach = /^127\.|^::1$/.test(IP) ? 'this machine' : 'unknown: depends on the firewall';
      return [{ container, address: IP, publicPort: PublicPort, target: `${PrivatePort}/${Type}`, reach }];
    }),
  );
}

const view: View<PortRow> = {
  fields: {
    Address: [
      'ADDRESS',
      ({ address, publicPort }) => `${address.includes(':') ? `[${address}]` : address}:${publicPort}`,
    ],
    Container: ['CONTAINER', (row) => row.container],
    Port: ['PORT', (row) => row.target],
    Reach: ['REACHABLE FROM', (row) => row.reach],
  },
  columns: ['Address', 'Port', 'Container', 'Reach'],
  quiet: 'Address',
  type: 'ports.row',
};
