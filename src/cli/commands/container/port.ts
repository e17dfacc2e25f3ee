// `skiff port`: where the ports of a container are published.

import type { ContainerInspectResponse } from '../../../api/container.ts';
import type { PortBinding } from '../../../api/host-config.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { ExitError } from '../../exit.ts';
import { naturalOrder } from '../../output/natural-order.ts';

export const command = defineCommand({
  name: 'container port',
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  description: 'List port mappings or a specific mapping for the container',
  args: [1, 2],
  flags: {},
  async run({ args: [name = '', wanted], engine, world }) {
    const found = await engine.json<ContainerInspectResponse>('GET', `/containers/${inPath(name)}/json`);
    const ports = found.NetworkSettings.Ports ?? {};
    const lines = wanted === undefined ? allPorts(ports) : onePort(ports, wanted, name);
    world.stdout.write(lines.map((line) => `${line}\n`).join(''));
  },
});

type Ports = Readonly<Record<string, readonly PortBinding[] | null>>;

function allPorts(ports: Ports): string[] {
  const lines = Object.entries(ports).flatMap(([port, bindings]) =>
    (bindings ?? []).map((binding) => `${port} -> ${address(binding)}`),
  );
  return lines.sort(naturalOrder);
}

function onePort(ports: Ports, wanted: string, container: string): string[] {
  const [number = '', protocol = 'tcp'] = wanted.split('/');
  if (!/^\d+$/.test(number)) {
    const reason = `strconv.ParseUint: parsing ${JSON.stringify(number)}: invalid syntax`;
    throw new ExitError(`Error: invalid port (${wanted}): ${reason}`);
  }
  const bindings = ports[`${number}/${protocol}`];
  if (!bindings?.length) throw new ExitError(`Error: No public port '${wanted}' published for ${container}`);
  return bindings.map(address);
}

function address(binding: PortBinding): string {
  const host = binding.HostIp ?? '';
  return `${host.includes(':') ? `[${host}]` : host}:${binding.HostPort ?? ''}`;
}
