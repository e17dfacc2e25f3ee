/** Options of the syslog driver: where to, as whom, in which of the three formats. RFC 3164, RFC 5424. */
import { readFileSync, statSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { invalidArgument } from '../../../core/errors.ts';
import type { LogOptions } from './drivers.ts';

export type SyslogAddress =
  | { kind: 'local' }
  | { kind: 'unixgram'; path: string }
  | { kind: 'unix'; path: string }
  | { kind: 'udp' | 'tcp' | 'tls'; host: string; port: number };

export type SyslogFormat = 'rfc3164' | 'rfc5424' | 'rfc5424micro';

export interface SyslogOptions {
  address: SyslogAddress;
  facility: number;
  format: SyslogFormat;
}

export interface TlsOptions {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  rejectUnauthorized: boolean;
}

const PORT = 514;

/** RFC 5424, table 1. */
const FACILITIES = (
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console solaris-cron ' +
  'local0 local1 local2 local3 local4 local5 local6 local7'
).split(' ');

/** Throws `invalid-argument` in Docker's words. */
export function parseSyslogOptions(options: LogOptions): SyslogOptions {
  return {
    address: parseAddress(options['syslog-address'] ?? ''),
    facility: parseFacility(options['syslog-facility'] || 'daemon'),
    format: parseFormat(options['syslog-format'] ?? ''),
  };
}

/** Reads the files of a connection by TLS; throws as above. */
export function readTlsOptions(options: LogOptions): TlsOptions {
  const { 'syslog-tls-ca-cert': ca = '', 'syslog-tls-cert': cert = '', 'syslog-tls-key': key = '' } = options;
  return {
    ca: read(ca, `could not read CA certificate "${ca}"`),
    cert: read(cert, PAIR),
    key: read(key, PAIR),
    rejectUnauthorized: !options['syslog-tls-skip-verify'],
  };
}

const PAIR = 'Could not load X509 key pair';

function parseAddress(text: string): SyslogAddress {
  if (text === '') return { kind: 'local' };
  const [, scheme, rest = ''] = /^(tcp|tcp\+tls|udp|unix|unixgram):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined)
    throw invalidArgument(`syslog-address should be in form proto://address, got ${text}`);
  if (scheme === 'unix' || scheme === 'unixgram') return { kind: scheme, path: pathOf(rest) };
  const kind = scheme === 'tcp+tls' ? 'tls' : (scheme as 'udp' | 'tcp');
  return { kind, ...parseHost(text, rest) };
}

/** What stands before the first slash would be a host. */
const pathOf = (rest: string) => (rest.includes('/') ? rest.slice(rest.indexOf('/')) : '');

/** Throws `invalid-argument` in Docker's words for a socket that is not there. */
export function checkSocket(address: SyslogAddress): void {
  if (!('path' in address)) return;
  try {
    statSync(address.path);
  } catch (error) {
    throw invalidArgument(`stat ${address.path}: ${reason(error)}`, error);
  }
}

/** Refuses what Go's url.Parse and net.SplitHostPort refuse. */
function parseHost(text: string, rest: string): { host: string; port: number } {
  const authority = (rest.split(/[/?#]/)[0] ?? '').replace(/^.*@/s, '');
  const odd = /%(?![\da-fA-F]{2}).{0,2}/s.exec(authority)?.[0];
  if (odd) throw invalidArgument(`parse "${text}": invalid URL escape "${odd}"`);
  const [, six, name = '', after = ''] = /^(?:\[([^\]]*)\]|([^:]*))(.*)$/s.exec(authority) ?? [];
  const port = /:[^:]*$/.exec(after)?.[0] ?? '';
  if (!/^(?::\d*)?$/.test(port)) throw invalidArgument(`parse "${text}": invalid port "${port}" after host`);
  if (port !== after) throw invalidArgument(`address ${authority}: too many colons in address`);
  return { host: six ?? (name || 'localhost'), port: Number(port.slice(1)) || PORT };
}

function parseFacility(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : FACILITIES.indexOf(text);
  if (number < 0 || number >= FACILITIES.length) throw invalidArgument('invalid syslog facility');
  return number;
}

function parseFormat(text: string): SyslogFormat {
  switch (text) {
    case '':
    case 'rfc3164':
      return 'rfc3164';
    case 'rfc5424':
    case 'rfc5424micro':
      return text;
    default:
      throw invalidArgument('invalid syslog format');
  }
}

function read(path: string, failure: string): Buffer | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw invalidArgument(`${failure}: open ${path}: ${reason(error)}`, error);
  }
}

/** In the kernel's words. */
const reason = (error: unknown) => getSystemErrorMessage((error as NodeJS.ErrnoException).errno ?? 0);
