// Checks of single values as they are read from the command line; each answers the value to keep.

import { isIP } from 'node:net';

/** `KEY=value`, or KEY alone. */
export function checkVariable(text: string): string {
  if (text === '' || text.startsWith('=')) throw new Error(`invalid environment variable: ${text}`);
  return text;
}

export function checkLabel(text: string): string {
  if (text === '' || text.startsWith('=')) throw new Error(`invalid label '${text}': empty name`);
  return text;
}

/** `name:address` or `name=address`, with `host-gateway` for the host's own; kept in the first form. */
export function checkExtraHost(text: string): string {
  const cut = text.search(/[:=]/);
  if (cut < 1 || cut === text.length - 1) throw new Error(`bad format for add-host: ${JSON.stringify(text)}`);
  const [name, address] = [text.slice(0, cut), text.slice(cut + 1).replace(/^\[(.*)\]$/, '$1')];
  if (address !== 'host-gateway' && isIP(address) === 0) {
    throw new Error(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
  return `${name}:${address}`;
}

export function checkAddress(text: string): string {
  if (isIP(text.trim()) === 0) throw new Error(`IP address is not correctly formatted: ${text}`);
  return text.trim();
}

export function checkDeviceRule(text: string): string {
  if (!/^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text)) {
    throw new Error(`invalid device cgroup format '${text}'`);
  }
  return text;
}

const sysctls = new Set(
  ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'].map(
    (name) => `kernel.${name}`,
  ),
);

/** Only what belongs to a namespace may be set: the rest would change the host. */
export function checkSysctl(text: string): string {
  const name = text.split('=')[0] ?? '';
  const known = sysctls.has(name) || name.startsWith('net.') || name.startsWith('fs.mqueue.');
  if (!known || !text.includes('=')) throw new Error(`sysctl '${text}' is not allowed`);
  return text;
}
