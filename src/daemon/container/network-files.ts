/** /etc/hosts, /etc/hostname and /etc/resolv.conf of a container: plain files in its directory, bound into it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESOLVER_ADDRESS, type Sandbox } from '../../network/network.ts';
import type { Engine, EngineSettings } from '../engine.ts';
import { hasNoIpv6 } from '../network/endpoint.ts';
import type { Container } from './container.ts';
import { hostGateways } from './host-gateway.ts';

type NetworkedEngine = Pick<Engine, 'settings' | 'networks'>;

export interface NetworkFiles {
  hosts: string;
  hostname: string;
  resolvConf: string;
}

export function networkFiles(directory: string): NetworkFiles {
  return {
    hosts: join(directory, 'hosts'),
    hostname: join(directory, 'hostname'),
    resolvConf: join(directory, 'resolv.conf'),
  };
}

/** `linked`: lines for the containers that it is linked to. Written in place: what is bound into a running container is the file, not its name. */
export function writeNetworkFiles(
  files: NetworkFiles,
  container: Container,
  sandbox: Sandbox | undefined,
  engine: NetworkedEngine,
  linked = '',
): void {
  const { settings } = engine;
  const onHost = container.hostConfig.NetworkMode === 'host';
  writeFileSync(files.hostname, `${container.config.Hostname ?? ''}\n`);
  writeFileSync(
    files.hosts,
    onHost ? hostsOfHost(container, engine) : hosts(container, { sandbox, engine, linked }),
  );
  writeFileSync(
    files.resolvConf,
    sandbox ? ownResolvConf(container, settings) : resolvConf(container, settings, onHost),
  );
}

const LOCAL = '127.0.0.1\tlocalhost\n';
const LOCAL6 = `::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

interface HostsContext {
  sandbox: Sandbox | undefined;
  engine: NetworkedEngine;
  linked: string;
}

function hosts(container: Container, { sandbox, engine, linked }: HostsContext): string {
  const { Hostname, Domainname } = container.config;
  const whole = [Hostname, Domainname].filter(Boolean).join('.');
  const [short] = whole.split('.');
  const own = short === whole ? whole : `${whole} ${short}`;
  const addresses = (sandbox?.endpoints ?? []).flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter(Boolean));
  const ownLines = addresses.map((address) => `${address}\t${own}\n`).join('');
  const local = hasNoIpv6(container.hostConfig) ? LOCAL : LOCAL + LOCAL6;
  return local + extraHosts(container, engine) + linked + ownLines;
}

/** `--add-host name:address` */
function extraHosts({ hostConfig }: Container, engine: NetworkedEngine): string {
  return (hostConfig.ExtraHosts ?? [])
    .flatMap((entry) => {
      const separator = /[:=]/.exec(entry)?.index ?? entry.length;
      const address = entry.slice(separator + 1).replace(/^\[(.*)\]$/, '$1');
      const meant = address === 'host-gateway' ? hostGateways(engine) : [address];
      return meant.map((one) => `${one}\t${entry.slice(0, separator)}\n`);
    })
    .join('');
}

const hostsOfHost = (container: Container, engine: NetworkedEngine) =>
  readFileSync('/etc/hosts', 'utf8') + extraHosts(container, engine);

/** Who is asked for names that are not ours; empty: the host's resolvers. */
export function resolvers({ hostConfig }: Container, settings: EngineSettings): string[] {
  return firstGiven(hostConfig.Dns, settings.dns);
}

/** Our own resolver, which asks the others; names without a dot are whole to it, as Docker has it. */
function ownResolvConf({ hostConfig }: Container, settings: EngineSettings): string {
  const inherited = parseResolvConf(readHostResolvConf());
  const options = firstGiven(hostConfig.DnsOptions, settings.dnsOptions, inherited.options);
  const named = options.some((option) => option.startsWith('ndots:')) ? options : [...options, 'ndots:0'];
  return text([RESOLVER_ADDRESS], searched(hostConfig.DnsSearch, settings, inherited.search), named);
}

/** The host's, less what only works on the host (a resolver on loopback), plus what was asked for. */
function resolvConf({ hostConfig }: Container, settings: EngineSettings, onHost: boolean): string {
  const inherited = parseResolvConf(readHostResolvConf());
  const reachable = onHost ? inherited.servers : inherited.servers.filter((server) => !isLoopback(server));
  const servers = firstGiven(hostConfig.Dns, settings.dns, reachable);
  const search = searched(hostConfig.DnsSearch, settings, inherited.search);
  const options = firstGiven(hostConfig.DnsOptions, settings.dnsOptions, inherited.options);
  return text(servers, search, options);
}

/** `--dns-search .` asks for none. */
function searched(own: string[] | null | undefined, settings: EngineSettings, inherited: string[]): string[] {
  return firstGiven(own, settings.dnsSearch, inherited).filter((name) => name !== '.');
}

function text(servers: string[], search: string[], options: string[]): string {
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
}

function firstGiven(...candidates: (string[] | null | undefined)[]): string[] {
  return candidates.find((candidate) => candidate && candidate.length > 0) ?? [];
}

const isLoopback = (address: string) => address.startsWith('127.') || address === '::1';

function readHostResolvConf(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return ''; // A host without one resolves nothing, and neither will the container.
  }
}

/** resolv.conf(5): of several `search` lines the last one counts. */
function parseResolvConf(text: string): { servers: string[]; search: string[]; options: string[] } {
  const values = (key: string) =>
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([word]) => word === key)
      .map(([, ...rest]) => rest);
  return {
    servers: values('nameserver').flat(),
    search: values('search').at(-1) ?? [],
    options: values('options').flat(),
  };
}
