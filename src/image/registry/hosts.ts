/**
 * Where a registry is reached and how it is trusted: mirrors first, then the registry itself. Follows the conventions
 * of Docker (`certs.d/<host>/*.crt`, `*.cert` with `*.key`) and containerd (`certs.d/<host>/hosts.toml`).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parse } from 'smol-toml';
import { invalidArgument, messageOf } from '../../core/errors.ts';
import { isListed } from './listed.ts';

export interface RegistryOptions {
  /** URLs that are asked before docker.io. */
  mirrors: readonly string[];
  /** `host`, `host:port` or networks (`10.0.0.0/8`): TLS is not checked, and http will do. */
  insecure: readonly string[];
  /** Folders with one folder for each registry; the first that has it counts. */
  certsDirectories: readonly string[];
}

export interface Endpoint {
  /** Up to and with `/v2`. */
  base: string;
  /** Stands in for the registry: what it does not have is asked for elsewhere. */
  mirror: boolean;
  /** False: whatever certificate it shows is taken. */
  verify: boolean;
  ca: Buffer[];
  client?: { cert: Buffer; key: Buffer };
  headers: Record<string, string>;
  can: ReadonlySet<Capability>;
}

export type Capability = 'pull' | 'resolve' | 'push';

const DOCKER_HUB = 'registry-1.docker.io';
const ALL: ReadonlySet<Capability> = new Set(['pull', 'resolve', 'push']);
const READ: ReadonlySet<Capability> = new Set(['pull', 'resolve']);

/** In the order to be tried. Reads files: at most a handful, once for an operation. */
export function endpointsOf(domain: string, options: RegistryOptions): Endpoint[] {
  const directory = options.certsDirectories
    .map((root) => join(root, domain))
    .find((path) => existsSync(path));
  const trust = directory === undefined ? { ca: [] } : trustIn(directory);
  const own = plainEndpoints(domain === 'docker.io' ? DOCKER_HUB : domain, options).map((endpoint) => ({
    ...endpoint,
    ...trust,
  }));
  const hostsFile = directory === undefined ? undefined : join(directory, 'hosts.toml');
  if (hostsFile !== undefined && existsSync(hostsFile)) return hostsOf(hostsFile, directory ?? '', own);
  const mirrors = domain === 'docker.io' ? options.mirrors.map((url) => mirrorAt(url)) : [];
  return [...mirrors, ...own];
}

/** TLS first, plain http after it where that is allowed. */
function plainEndpoints(host: string, { insecure }: RegistryOptions): Endpoint[] {
  const common = { mirror: false, ca: [], headers: {}, can: ALL };
  const lax = isListed(host, insecure);
  const tls = { ...common, base: `https://${host}/v2`, verify: !lax };
  return lax ? [tls, { ...common, base: `http://${host}/v2`, verify: true }] : [tls];
}

function mirrorAt(url: string): Endpoint {
  const base = `${parseUrl(url).href.replace(/\/+$/, '')}/v2`;
  return { base, mirror: true, verify: true, ca: [], headers: {}, can: READ };
}

function trustIn(directory: string): Pick<Endpoint, 'ca' | 'client'> {
  const names = readdirSync(directory).sort();
  const read = (name: string) => readFileSync(join(directory, name));
  const cert = names.find((name) => name.endsWith('.cert'));
  const key = cert?.replace(/cert$/, 'key');
  if (cert !== undefined && key !== undefined && !names.includes(key)) {
    throw invalidArgument(
      `missing key ${key} for client certificate ${cert}. CA certificates must use the extension .crt`,
    );
  }
  return {
    ca: names.filter((name) => name.endsWith('.crt')).map(read),
    client: cert && key ? { cert: read(cert), key: read(key) } : undefined,
  };
}

interface HostTable {
  capabilities?: string[];
  ca?: string | string[];
  client?: string | (string | string[])[];
  skip_verify?: boolean;
  override_path?: boolean;
  header?: Record<string, string | string[]>;
}

/** containerd: docs/hosts.md. */
function hostsOf(path: string, directory: string, own: Endpoint[]): Endpoint[] {
  let file: HostTable & { server?: string; host?: Record<string, HostTable> };
  try {
    file = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw invalidArgument(`${path}: ${messageOf(error)}`, error);
  }
  const hosts = Object.entries(file.host ?? {}).map(([url, table]) =>
    hostEndpoint(url, table, directory, true),
  );
  const server = file.server === undefined ? own : [hostEndpoint(file.server, file, directory, false)];
  return [...hosts, ...server];
}

function hostEndpoint(url: string, table: HostTable, directory: string, mirror: boolean): Endpoint {
  const parsed = parseUrl(url.includes('://') ? url : `https://${url}`);
  const path = parsed.pathname.replace(/\/+$/, '');
  const suffix = table.override_path || path.endsWith('/v2') ? '' : '/v2';
  const file = (name: string) => readFileSync(isAbsolute(name) ? name : join(directory, name));
  const [pair] = [table.client ?? []].flat(1);
  const [cert, key = cert] = typeof pair === 'string' ? [pair] : (pair ?? []);
  return {
    base: `${parsed.origin}${path}${suffix}`,
    mirror,
    verify: !table.skip_verify,
    ca: [table.ca ?? []].flat().map(file),
    client: cert === undefined || key === undefined ? undefined : { cert: file(cert), key: file(key) },
    headers: Object.fromEntries(
      Object.entries(table.header ?? {}).map(([k, v]) => [k, [v].flat().join(', ')]),
    ),
    can: table.capabilities ? new Set(table.capabilities as Capability[]) : ALL,
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw invalidArgument(`invalid mirror: "${text}" is no http(s) URL`);
  return url;
}
