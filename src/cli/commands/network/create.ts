// `skiff network create`.

import type { NetworkCreateRequest, NetworkCreateResponse } from '../../../api/network.ts';
import { bool, list, map, string, strings, type Values } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { labelsOf } from '../../create/files.ts';
import { ipamPools } from './ipam.ts';

const createFlags = {
  attachable: bool('Enable manual container attachment'),
  'aux-address': map('Auxiliary IPv4 or IPv6 addresses used by the network driver'),
  'config-from': string('The network from which to copy the configuration'),
  'config-only': bool('Create a configuration only network'),
  driver: string('Driver to manage the network', { short: 'd', initial: 'bridge' }),
  gateway: strings('IPv4 or IPv6 gateway for the subnet'),
  ingress: bool('Create swarm routing-mesh network'),
  internal: bool('Restrict external access to the network'),
  'ip-range': strings('Allocate container ip from a sub-range'),
  'ipam-driver': string('IP address management driver', { initial: 'default' }),
  'ipam-opt': map('Set IPAM driver specific options'),
  ipv4: bool('Enable or disable IPv4 address assignment', { initial: true }),
  ipv6: bool('Enable or disable IPv6 address assignment'),
  label: list('Set metadata on a network'),
  opt: map('Set driver specific options', { short: 'o' }),
  scope: string("Control the network's scope"),
  subnet: strings('Subnet in CIDR format that represents a network segment'),
};

export const command = defineCommand({
  name: 'network create',
  usage: '[OPTIONS] NETWORK',
  description: 'Create a network',
  args: [1, 1],
  flags: createFlags,
  async run({ args: [name = ''], flags, changed, engine, world }) {
    const json = createRequest(name, flags, changed);
    const created = await engine.json<NetworkCreateResponse>('POST', '/networks/create', { json });
    if (created.Warning) world.stderr.write(`WARNING: ${created.Warning}\n`);
    world.stdout.write(`${created.Id}\n`);
  },
});

function createRequest(
  name: string,
  flags: Values<typeof createFlags>,
  changed: ReadonlySet<string>,
): NetworkCreateRequest {
  return {
    Name: name,
    CheckDuplicate: true,
    Driver: flags.driver,
    Scope: flags.scope,
    Internal: flags.internal,
    Attachable: flags.attachable,
    Ingress: flags.ingress,
    ConfigOnly: flags['config-only'],
    ...(flags['config-from'] && { ConfigFrom: { Network: flags['config-from'] } }),
    ...(changed.has('ipv4') && { EnableIPv4: flags.ipv4 }),
    ...(changed.has('ipv6') && { EnableIPv6: flags.ipv6 }),
    IPAM: {
      Driver: flags['ipam-driver'],
      Options: { ...flags['ipam-opt'] },
      Config: ipamPools({
        subnets: flags.subnet,
        ranges: flags['ip-range'],
        gateways: flags.gateway,
        auxiliary: flags['aux-address'],
      }),
    },
    Options: { ...flags.opt },
    Labels: labelsOf([], flags.label),
  };
}
