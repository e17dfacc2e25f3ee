/** Ports, names and addresses; and what makes no sense for who has no network of its own. */
import { isIP } from 'node:net';
import type { ContainerConfig, HostConfig } from '../../../api/container.ts';
import { invalidArgument } from '../../../core/errors.ts';
import { networkMode, sharedWith } from '../network.ts';
import { portRequests } from '../ports.ts';
import { refuseNamesOfOwn } from './modes.ts';

export function validateNetwork(config: ContainerConfig, hostConfig: HostConfig): void {
  portRequests({ config, hostConfig });
  for (const server of hostConfig.Dns ?? []) {
    if (isIP(server) === 0)
      throw invalidArgument(`invalid DNS server: ${JSON.stringify(server)} is no IP address`);
  }
  for (const entry of hostConfig.ExtraHosts ?? []) validateExtraHost(entry);
}

/** What cannot go together, whatever there is of what it names: said before anything is looked up. `asked`: before defaults. */
export function refuseConflicts(config: ContainerConfig, hostConfig: HostConfig): void {
  refuseNamesOfOwn(config, hostConfig);
  const mode = networkMode({ hostConfig });
  const isLinked = (hostConfig.Links ?? []).length > 0;
  if (mode === 'container' || mode === 'container:')
    throw invalidArgument('invalid network mode: invalid container format container:<name|id>');
  if (mode === 'host' && isLinked) throw invalidArgument(linksConflict('host type networking'));
  if (sharedWith(mode) === undefined) return;
  if (isLinked) throw invalidArgument(linksConflict('container type network'));
  const conflicts: [boolean, string][] = [
    [(hostConfig.Dns ?? []).length > 0, 'dns and the network mode'],
    [(hostConfig.ExtraHosts ?? []).length > 0, 'custom host-to-IP mapping and the network mode'],
    [
      Object.keys(hostConfig.PortBindings ?? {}).length > 0 || hostConfig.PublishAllPorts === true,
      'port publishing and the container type network mode',
    ],
    [Object.keys(config.ExposedPorts ?? {}).length > 0, 'port exposing and the container type network mode'],
  ];
  const found = conflicts.find(([holds]) => holds);
  if (found) throw invalidArgument(`conflicting options: ${found[1]}`);
}

/** Throws in the words of a later `network connect`: of several networks, each must be one that can be had beside others. */
export function refuseMixedNetworks(names: readonly string[]): void {
  if (names.length < 2) return;
  if (names.some((name) => name === 'host' || sharedWith(name) !== undefined)) throw invalidArgument(SHARED);
  if (names.includes('none')) throw invalidArgument(PRIVATE);
}

export const SHARED =
  'container sharing network namespace with another container or host cannot be connected to any other network';
export const PRIVATE =
  'container cannot be connected to multiple networks with one of the networks in private (none) mode';

export const linksConflict = (network: string) =>
  `conflicting options: ${network} can't be used with links. This would result in undefined behavior`;

/** `name:address` or `name=address`; the address may be IPv6, in brackets or not, or the word `host-gateway`. */
function validateExtraHost(entry: string): void {
  const separator = /[:=]/.exec(entry)?.index ?? -1;
  if (separator < 1) throw invalidArgument(`bad format for add-host: ${JSON.stringify(entry)}`);
  const address = entry.slice(separator + 1).replace(/^\[(.*)\]$/, '$1');
  if (address !== 'host-gateway' && isIP(address) === 0)
    throw invalidArgument(`invalid IP address in add-host: ${JSON.stringify(address)}`);
}

export function networkWarnings({ NetworkMode, PortBindings }: HostConfig): string[] {
  const isDiscarded = NetworkMode === 'host' && Object.keys(PortBindings ?? {}).length > 0;
  return isDiscarded ? ['Published ports are discarded when using host network mode'] : [];
}
