// `skiff network connect`: a container joins one more network.

import type { EndpointSettings } from '../../../api/network-endpoint.ts';
import { int, list, string, strings, type Values } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { splitPair } from '../../create/files.ts';

const connectFlags = {
  alias: strings('Add network-scoped alias for the container'),
  'driver-opt': strings('driver options for the network'),
  'gw-priority': int(
    'Highest gw-priority provides the default gateway. Accepts positive and negative values.',
  ),
  ip: string('IPv4 address (e.g., "172.30.100.104")'),
  ip6: string('IPv6 address (e.g., "2001:db8::33")'),
  link: list('Add link to another container'),
  'link-local-ip': strings('Add a link-local address for the container'),
};

export const command = defineCommand({
  name: 'network connect',
  usage: '[OPTIONS] NETWORK CONTAINER',
  description: 'Connect a container to a network',
  args: [2, 2],
  flags: connectFlags,
  async run({ args: [network = '', container = ''], flags, engine }) {
    const json = { Container: container, EndpointConfig: endpoint(flags) };
    await engine.json('POST', `/networks/${inPath(network)}/connect`, { json });
  },
});

function endpoint(flags: Values<typeof connectFlags>): EndpointSettings {
  return {
    IPAMConfig: { IPv4Address: flags.ip, IPv6Address: flags.ip6, LinkLocalIPs: [...flags['link-local-ip']] },
    Links: [...flags.link],
    Aliases: [...flags.alias],
    DriverOpts: Object.fromEntries(flags['driver-opt'].map(splitPair)),
    GwPriority: flags['gw-priority'],
  };
}
