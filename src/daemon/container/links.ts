/**
 * `--link`, Docker's first way of finding others, on the default bridge: the container has the other's addresses in its
 * /etc/hosts, and what the other exposes in its environment. On networks of a person's own a link is an alias that
 * only the resolver knows (network/dns).
 */
import type { HostConfig } from '../../api/container.ts';
import { conflict, invalidArgument, messageOf } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { networkMode, sharedWith } from './network.ts';
import { parsePort } from './ports.ts';
import { isUp } from './state.ts';
import { linksConflict } from './validate/network.ts';

/** Who is called `alias`; by id, so that a rename changes nothing. */
export interface Link {
  alias: string;
  id: string;
}

interface LinkedContainer {
  alias: string;
  container: Container;
  address: string;
}

/** Throws `invalid-argument` if one of them is not there. Empty off the default bridge, where a network has names of its own or none. */
export function resolveLinks(engine: Engine, hostConfig: HostConfig): Link[] {
  const mode = networkMode({ hostConfig });
  if (mode !== 'bridge' && mode !== 'none') return [];
  const links = (hostConfig.Links ?? []).map((text) => {
    const { name, alias } = parseLink(text);
    return { alias, id: networkOwner(engine, linkedTo(engine, name)).id };
  });
  return mode === 'bridge' ? links : [];
}

function linkedTo(engine: Engine, name: string): Container {
  if (name === '') throw invalidArgument('could not get container for : invalid name or ID supplied: ""');
  try {
    return engine.containers.get(name);
  } catch (error) {
    throw invalidArgument(`could not get container for ${name}: ${messageOf(error)}`, error);
  }
}

/** Who shares another's network is reached where that one is. Throws for one that is on the host's. */
function networkOwner(engine: Engine, container: Container): Container {
  const passed = new Set<Container>();
  let owner = container;
  while (!passed.has(owner)) {
    passed.add(owner);
    const reference = sharedWith(networkMode(owner));
    if (reference === undefined) break;
    owner = linkedTo(engine, reference);
  }
  if (networkMode(owner) === 'host') throw invalidArgument(linksConflict('host type networking'));
  return owner;
}

/** `name:alias`, `name`, or as inspect shows it, `/name:/parent/alias`. */
function parseLink(text: string): { name: string; alias: string } {
  if (text === '') throw invalidArgument('empty string specified for links');
  const [name = '', alias = name, more] = text.split(':');
  if (more !== undefined) throw invalidArgument(`bad format for links: ${text}`);
  const last = alias.split('/').at(-1) ?? '';
  return { name: name.replace(/^\//, ''), alias: last || name };
}

/** Throws in Docker's words for one that is not running, or not where it can be reached. */
export function refuseDeadLinks(engine: Engine, { name, links = [] }: Container): void {
  for (const { alias, id } of links) {
    const other = engine.containers.find(id);
    if (!other) continue;
    if (!isUp(other.state))
      throw conflict(`Cannot link to a non running container: /${other.name} AS /${name}/${alias}`);
    if (!addressOf(engine, other))
      throw conflict(`Cannot link to /${other.name}, as it does not belong to the default network`);
  }
}

/** Those that it is linked to and that run at the moment. */
function linkedContainers(engine: Engine, { links = [] }: Container): LinkedContainer[] {
  return links.flatMap(({ alias, id }) => {
    const container = engine.containers.find(id);
    const address = container && addressOf(engine, container);
    return address ? [{ alias, container, address }] : [];
  });
}

function addressOf({ networks }: Engine, { id }: Container): string | undefined {
  return networks.sandbox(id)?.endpoints.find(({ networkName }) => networkName === 'bridge')?.ipv4;
}

/** Lines of /etc/hosts. */
export function linkedHosts(engine: Engine, container: Container): string {
  return linkedContainers(engine, container)
    .map(({ alias, container: { name, config }, address }) => {
      const names = [alias, config.Hostname ?? '', ...(alias === name ? [] : [name])];
      return `${address}\t${names.join(' ')}\n`;
    })
    .join('');
}

/** `ALIAS_PORT_80_TCP=tcp://172.17.0.2:80` and the others that Docker sets. */
export function linkedEnvironment(engine: Engine, parent: Container): string[] {
  return linkedContainers(engine, parent).flatMap(({ alias, container, address }) => {
    const prefix = alias.toUpperCase().replaceAll('-', '_');
    const ports = Object.keys(container.config.ExposedPorts ?? {})
      .map(parsePort)
      .sort((a, b) => a.containerPort - b.containerPort || (a.protocol < b.protocol ? -1 : 1));
    const [first] = ports;
    return [
      ...(first ? [`${prefix}_PORT=${place(first, address)}`] : []),
      ...rangesOf(ports).flatMap((range) => rangeVariables(prefix, range, address)),
      ...ports.flatMap((port) => portVariables(prefix, port, address)),
      `${prefix}_NAME=/${parent.name}/${alias}`,
      ...(container.config.Env ?? [])
        .filter((entry) => !/^(HOME|PATH)=|^[^=]*$/.test(entry))
        .map((entry) => `${prefix}_ENV_${entry}`),
    ];
  });
}

type Port = ReturnType<typeof parsePort>;

const place = ({ containerPort, protocol }: Port, address: string): string =>
  `${protocol}://${address}:${containerPort}`;

function portVariables(prefix: string, port: Port, address: string): string[] {
  const { containerPort, protocol } = port;
  const name = `${prefix}_PORT_${containerPort}_${protocol.toUpperCase()}`;
  return [
    `${name}=${place(port, address)}`,
    `${name}_ADDR=${address}`,
    `${name}_PORT=${containerPort}`,
    `${name}_PROTO=${protocol}`,
  ];
}

/** Runs of ports that follow each other; of two Docker makes none. */
function rangesOf(ports: Port[]): Port[][] {
  const runs: Port[][] = [];
  for (const port of ports) {
    const run = runs.at(-1);
    const last = run?.at(-1)?.containerPort ?? Number.NEGATIVE_INFINITY;
    if (run && port.containerPort <= last + 1) run.push(port);
    else runs.push([port]);
  }
  return runs.filter((run) => run.length > 2);
}

function rangeVariables(prefix: string, range: Port[], address: string): string[] {
  const [first, last] = [range[0], range.at(-1)];
  if (!first || !last) return [];
  const name = `${prefix}_PORT_${first.containerPort}_${last.protocol.toUpperCase()}`;
  return [
    `${name}_START=${place(first, address)}`,
    `${name}_ADDR=${address}`,
    `${name}_PROTO=${first.protocol}`,
    `${name}_PORT_START=${first.containerPort}`,
    `${name}_END=${place(last, address)}`,
    `${name}_PORT_END=${last.containerPort}`,
  ];
}

/** As inspect shows them: `/other:/container/alias`. */
export function linksShown(engine: Engine, { name, links }: Container): string[] {
  return (links ?? []).flatMap(({ alias, id }) => {
    const other = engine.containers.find(id);
    return other ? [`/${other.name}:/${name}/${alias}`] : [];
  });
}

/** The further names that links give containers, by id: `/parent/alias`. */
export function linkedNames(engine: Engine): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { name, links = [] } of engine.containers.list()) {
    for (const { alias, id } of links) names.set(id, [...(names.get(id) ?? []), `/${name}/${alias}`]);
  }
  return names;
}
