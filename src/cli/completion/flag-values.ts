// What the value of a flag can be, where that is known.

import type { Kind } from './names.ts';

const kinds: Readonly<Record<string, Kind>> = {
  'cache-from': 'image',
  context: 'context',
  link: 'container',
  net: 'network',
  network: 'network',
  signal: 'signal',
  'stop-signal': 'signal',
  volume: 'volume or file',
  'volumes-from': 'container',
};

const fileFlags = new Set(
  'ca checkpoint-dir cidfile config env-file file iidfile input label-file output tlscacert tlscert tlskey'.split(
    ' ',
  ),
);

const words: Readonly<Record<string, readonly string[]>> = {
  attach: ['stdin', 'stdout', 'stderr'],
  cgroupns: ['host', 'private'],
  ipc: ['host', 'none', 'private', 'shareable'],
  'log-driver': ['journald', 'json-file', 'local', 'none', 'syslog'],
  'log-level': ['debug', 'info', 'warn', 'error', 'fatal'],
  pid: ['host'],
  pull: ['always', 'missing', 'never'],
  restart: ['no', 'on-failure', 'always', 'unless-stopped'],
  type: ['container', 'image', 'network', 'volume'],
  userns: ['host'],
  uts: ['host'],
};

const drivers: Readonly<Record<string, readonly string[]>> = {
  'network create': ['bridge', 'macvlan'],
  'volume create': ['local'],
};

/** `command` is its full name, '' for the flags before it. */
export function flagKind(flag: string, command: string): Kind | undefined {
  if (flag === 'driver') return drivers[command] && { words: drivers[command] };
  if (flag === 'pull' && command === 'image build') return undefined;
  if (fileFlags.has(flag)) return 'file';
  if (Object.hasOwn(words, flag)) return { words: words[flag] ?? [] };
  return Object.hasOwn(kinds, flag) ? kinds[flag] : undefined;
}
