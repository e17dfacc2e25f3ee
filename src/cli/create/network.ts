// `--network NAME` or `--network name=NAME,alias=…,ip=…`, and the older flags that speak of the first network.

import type { EndpointSettings } from '../../api/network-endpoint.ts';
import type { Values } from '../args/flag.ts';
import { splitCsv } from './csv.ts';
import type { createFlags } from './flags.ts';

export interface NetworkChoice {
  readonly name: string;
  readonly endpoint: EndpointSettings;
}

type Draft = { -readonly [K in keyof EndpointSettings]: EndpointSettings[K] };

export function parseNetwork(text: string): NetworkChoice {
  if (!/(^|,)"?name=/.test(text)) return { name: text, endpoint: {} };
  const endpoint: Draft = {};
  let name = '';
  for (const field of splitCsv(text)) {
    const cut = field.indexOf('=');
    if (cut < 0) throw new Error(`invalid field ${field}`);
    const [key, value] = [field.slice(0, cut).trim().toLowerCase(), field.slice(cut + 1).trim()];
    if (key === 'name') name = value;
    else setOption(endpoint, key, value);
  }
  if (name === '') throw new Error('network name/id is not specified');
  return { name, endpoint };
}

function setOption(endpoint: Draft, key: string, value: string): void {
  if (key === 'alias') endpoint.Aliases = [...(endpoint.Aliases ?? []), value];
  else if (key === 'ip') endpoint.IPAMConfig = { ...endpoint.IPAMConfig, IPv4Address: value };
  else if (key === 'ip6') endpoint.IPAMConfig = { ...endpoint.IPAMConfig, IPv6Address: value };
  else if (key === 'link-local-ip') {
    const known = endpoint.IPAMConfig?.LinkLocalIPs ?? [];
    endpoint.IPAMConfig = { ...endpoint.IPAMConfig, LinkLocalIPs: [...known, value] };
  } else if (key === 'mac-address') endpoint.MacAddress = value;
  else if (key === 'gw-priority') endpoint.GwPriority = gatewayPriority(value);
  else if (key === 'driver-opt') {
    const cut = value.indexOf('=');
    if (cut < 0) throw new Error('invalid key value pair format in driver options');
    endpoint.DriverOpts = { ...endpoint.DriverOpts, [value.slice(0, cut)]: value.slice(cut + 1) };
  } else throw new Error(`invalid field key ${key}`);
}

function gatewayPriority(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`invalid gw-priority (${text}): invalid syntax`);
  return Number(text);
}

type Flags = Values<typeof createFlags>;

export interface Networking {
  readonly mode: string;
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
}

/** The networks of a container; the first one is its mode. */
export function networkingOf(flags: Flags): Networking {
  const chosen = [...flags.network, ...flags.net];
  const first = chosen[0] ?? { name: 'default', endpoint: {} };
  const all = [{ name: first.name, endpoint: withOlderFlags(first.endpoint, flags) }, ...chosen.slice(1)];
  if (new Set(all.map((each) => each.name)).size < all.length) {
    const twice = all.find((each, index) => all.findIndex((other) => other.name === each.name) < index);
    throw new Error(`network "${twice?.name}" is specified multiple times`);
  }
  const standing = all.filter((each) => builtIn(each.name));
  if (standing.length > 0 && standing.length < all.length) {
    throw new Error(
      'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
    );
  }
  const plain = all.length === 1 && Object.keys(all[0]?.endpoint ?? {}).length === 0;
  return {
    mode: first.name,
    endpoints: plain ? {} : Object.fromEntries(all.map((each) => [each.name, each.endpoint])),
  };
}

/** The modes that name no network of the user's. */
function builtIn(name: string): boolean {
  return /^(default|bridge|host|none|container:.*)$/.test(name);
}

function withOlderFlags(endpoint: EndpointSettings, flags: Flags): EndpointSettings {
  const aliases = [...flags['network-alias'], ...flags['net-alias']];
  const conflict = (what: string) =>
    new Error(`conflicting options: cannot specify both --${what} and per-network ${what}`);
  if (aliases.length > 0 && endpoint.Aliases?.length) throw conflict('network-alias');
  if (flags.ip && endpoint.IPAMConfig?.IPv4Address) throw conflict('ip');
  if (flags.ip6 && endpoint.IPAMConfig?.IPv6Address) throw conflict('ip6');
  if (flags['mac-address'] && endpoint.MacAddress) throw conflict('mac-address');
  const [userDefined] = [...flags.network, ...flags.net];
  if (aliases.length > 0 && (!userDefined || builtIn(userDefined.name))) {
    throw new Error('network-scoped aliases are only supported for user-defined networks');
  }
  const merged: Draft = { ...endpoint };
  if (aliases.length > 0) merged.Aliases = aliases;
  if (flags.link.length > 0 && userDefined && !builtIn(userDefined.name)) {
    merged.Links = [...flags.link];
  }
  if (flags.ip) merged.IPAMConfig = { ...merged.IPAMConfig, IPv4Address: flags.ip };
  if (flags.ip6) merged.IPAMConfig = { ...merged.IPAMConfig, IPv6Address: flags.ip6 };
  if (flags['link-local-ip'].length > 0) {
    merged.IPAMConfig = { ...merged.IPAMConfig, LinkLocalIPs: [...flags['link-local-ip']] };
  }
  if (flags['mac-address']) merged.MacAddress = flags['mac-address'];
  return merged;
}
