/** Options of the syslog driver: where to, as whom, in which of the three formats. RFC 3164, RFC 5424. */
import { readFileSync } from 'node:fs';
import { invalidArgument } from '../../../core/errors.ts';
import type { LogOptions } from './drivers.ts';

export type SyslogAddress =
  | { kind: 'unixgram'; path: string }
  | { kind: 'unix'; path: string }
  | { kind: 'udp' | 'tcp' | 'tls'; host: string; port: number };

export type SyslogFormat = 'rfc3164' | 'rfc5424' | 'rfc5424micro';

export interface SyslogOptions {
  address: SyslogAddress;
  facility: number;
  format: SyslogFormat;
  tls: { ca?: Buffer; cert?: Buffer; key?: Buffer; rejectUnauthorized: boolean };
}

const LOCAL = '/dev/log';
const PORT = 514;
const TLS_PORT = 6514;

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
    tls: {
      ca: read(options['syslog-tls-ca-cert']),
      cert: read(options['syslog-tls-cert']),
      key: read(options['syslog-tls-key']),
      rejectUnauthorized: !options['syslog-tls-skip-verify'],
    },
  };
}

function parseAddress(text: string): SyslogAddress {
  if (text === '') return { kind: 'unixgram', path: LOCAL };
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.+)$/.exec(text) ?? [];
  if (scheme === 'unix' || scheme === 'unixgram') return { kind: scheme, path: rest };
  const kind = scheme === 'tcp+tls' ? 'tls' : scheme;
  if (kind !== 'udp' && kind !== 'tcp' && kind !== 'tls') {
    throw invalidArgument(`syslog-address should be in form proto://address, got ${text}`);
  }
  const { hostname, port } = new URL(`http://${rest}`);
  return {
    kind,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || (kind === 'tls' ? TLS_PORT : PORT),
  };
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

function read(path: string | undefined): Buffer | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw invalidArgument(`${path} cannot be read`, error);
  }
}
