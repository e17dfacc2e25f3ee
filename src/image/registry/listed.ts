/** Hosts and networks as lists of them are written: `registry.test`, `registry.test:5000`, `10.0.0.0/8`. */
import { BlockList, isIP } from 'node:net';

/** True for the loopback as well: nobody else is on that wire (Docker's rule too). */
export function isListed(domain: string, list: readonly string[]): boolean {
  const host = domain.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (host === 'localhost' || list.includes(domain) || list.includes(host)) return true;
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(host) === 0) return false;
  const networks = new BlockList();
  networks.addSubnet('127.0.0.0', 8, 'ipv4');
  networks.addAddress('::1', 'ipv6');
  for (const entry of list.filter(isNetwork)) {
    const [net = '', bits] = entry.split('/');
    networks.addSubnet(net, Number(bits), isIP(net) === 6 ? 'ipv6' : 'ipv4');
  }
  return networks.check(host, family);
}

/** `10.0.0.0/8`, `fd00::/8` */
export function isNetwork(text: string): boolean {
  const [, net = '', bits = ''] = /^(.*)\/(\d{1,3})$/.exec(text) ?? [];
  return isIP(net) !== 0 && Number(bits) <= (isIP(net) === 6 ? 128 : 32);
}
