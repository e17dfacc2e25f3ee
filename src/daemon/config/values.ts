/** One setting each: what it may be, what it means, and an error that names it. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { invalidArgument } from '../../core/errors.ts';
import type { AddressPool, DaemonConfig, TlsConfig } from './config.ts';
import type { Settings, Value } from './options.ts';

export const DEFAULT_EXEC_ROOT = '/run/skiff';
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export function absolute(name: string, path: string): string {
  if (isAbsolute(path)) return resolve(path);
  throw invalidArgument(`${name} must be an absolute path: ${path}`);
}

/** Names every kernel object of this engine, so it must differ between engines and be the same at each start. */
export function instanceName(given: string, execRoot: string): string {
  if (given === '') {
    if (execRoot === DEFAULT_EXEC_ROOT) return 'skiff';
    return `s${createHash('sha256').update(execRoot).digest('hex').slice(0, 7)}`;
  }
  if (/^[a-z][a-z0-9]{0,7}$/.test(given)) return given;
  throw invalidArgument(`invalid instance "${given}": 1 to 8 characters of a-z and 0-9, a letter first`);
}

export function logLevel(level: string): string {
  if (LOG_LEVELS.includes(level)) return level;
  throw invalidArgument(`unable to parse logging level: ${level}`);
}

export function logFormat(format: Value | undefined): 'text' | 'json' | undefined {
  if (format === undefined || format === 'text' || format === 'json') return format;
  throw invalidArgument(`unknown log format ${format}: text or json`);
}

export function tlsConfig(settings: Settings): TlsConfig | undefined {
  const verify = settings.get('tlsverify') === true;
  if (!verify && settings.get('tls') !== true) return undefined;
  const file = (key: string) => {
    const path = settings.get(key);
    if (typeof path === 'string') return path;
    throw invalidArgument(`TLS is asked for but ${key} is not set`);
  };
  return { verify, caCert: verify ? file('tlscacert') : '', cert: file('tlscert'), key: file('tlskey') };
}

export function addressPools(given: Value | undefined): AddressPool[] | undefined {
  if (given === undefined) return undefined;
  return (given as Record<string, unknown>[]).map(({ base, size }) => {
    const bits = Number(size);
    if (typeof base !== 'string' || !Number.isInteger(bits))
      throw invalidArgument('default-address-pools: each needs a base and a size');
    return { base, size: bits };
  });
}

export function oneOf(key: string, words: string[], word: string | undefined): string | undefined {
  if (word === undefined || words.includes(word)) return word;
  throw invalidArgument(`${key}: ${word} is not supported: ${words.join(' or ')}`);
}

export function hostAddress(address: string): string {
  if (isIP(address) !== 0) return address;
  throw invalidArgument(`host-gateway-ips: ${address} is no IP address`);
}

/** Flags come before the file. */
export function proxies(settings: Settings): Record<string, string> {
  const file = (settings.get('proxies') as Record<string, unknown> | undefined) ?? {};
  const names = { 'http-proxy': 'HTTP_PROXY', 'https-proxy': 'HTTPS_PROXY', 'no-proxy': 'NO_PROXY' };
  return Object.fromEntries(
    Object.entries(names).flatMap(([key, variable]) => {
      const value = settings.get(key) ?? file[key];
      return typeof value === 'string' && value !== '' ? [[variable, value]] : [];
    }),
  );
}

/** `name=path` of a flag, `{ "path": … }` of the file. */
export function runtimes(given: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const path = typeof value === 'string' ? value : (value as { path?: unknown } | null)?.path;
      if (typeof path !== 'string') throw invalidArgument(`runtimes: ${name} has no path`);
      return [name, path];
    }),
  );
}

/** `nofile=1024:2048` of a flag, `{ "Name", "Soft", "Hard" }` of the file. */
export function ulimits(given: Record<string, unknown>): DaemonConfig['defaultUlimits'] {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, ulimit(name, value)]));
}

function ulimit(name: string, value: unknown): { Soft: number; Hard: number } {
  if (typeof value === 'string') {
    const [soft = '', hard = soft] = value.split(':');
    if (/^-?\d+$/.test(soft) && /^-?\d+$/.test(hard)) return { Soft: Number(soft), Hard: Number(hard) };
  } else {
    const { Soft, Hard } = (value ?? {}) as { Soft?: unknown; Hard?: unknown };
    if (typeof Soft === 'number' && typeof Hard === 'number') return { Soft, Hard };
  }
  throw invalidArgument(`default-ulimits: ${name} needs a soft and a hard limit`);
}
