/** A container's networks and ports as the API shows them, in `ps` and `inspect`. */
import type { ContainerInspectResponse, ContainerSummary } from '../../api/container.ts';
import type { EndpointSettings } from '../../api/network.ts';
import { shortId } from '../../core/ids.ts';
import type { Endpoint, Sandbox } from '../../network/network.ts';
import type { Engine } from '../engine.ts';
import { isPredefined } from '../network/list.ts';
import type { Container } from './container.ts';
import { networkMode, sharedWith } from './network.ts';
import { parsePort } from './ports.ts';
import { wasStarted } from './state.ts';

type Ports = ContainerInspectResponse['NetworkSettings']['Ports'];

/** Every network the container is or will be joined to, by name. */
export function endpointSettings(engine: Engine, container: Container): Record<string, EndpointSettings> {
  const sandbox = engine.networks.sandbox(container.id);
  if (sharedWith(networkMode(container)) !== undefined) return {};
  const names = new Set(Object.keys(container.endpoints));
  const joined = new Map((sandbox?.endpoints ?? []).map((endpoint) => [endpoint.networkName, endpoint]));
  return Object.fromEntries(
    [...names.union(new Set(joined.keys()))].map((name) => [
      name,
      settingsOf({ engine, container, name, endpoint: joined.get(name) }),
    ]),
  );
}

interface Shown {
  engine: Engine;
  container: Container;
  /** The network's. */
  name: string;
  endpoint: Endpoint | undefined;
}

function settingsOf({ engine, container, name, endpoint }: Shown): EndpointSettings {
  const asked = container.endpoints[name] ?? {};
  const network = engine.networks
    .list()
    .find((candidate) => candidate.name === name || candidate.id === name);
  return {
    IPAMConfig: asked.IPAMConfig ?? null,
    Links: asked.Links ?? null,
    Aliases: endpoint && endpoint.aliases.length > 0 ? endpoint.aliases : (asked.Aliases ?? null),
    MacAddress: endpoint?.mac ?? asked.MacAddress ?? '',
    DriverOpts: asked.DriverOpts ?? null,
    GwPriority: asked.GwPriority ?? 0,
    NetworkID: endpoint?.networkId ?? (wasStarted(container.state) ? (network?.id ?? '') : ''),
    EndpointID: endpoint?.id ?? '',
    Gateway: endpoint?.gateway ?? '',
    IPAddress: endpoint?.ipv4 ?? '',
    IPPrefixLen: endpoint?.prefix ?? 0,
    IPv6Gateway: endpoint?.gateway6 ?? '',
    GlobalIPv6Address: endpoint?.ipv6 ?? '',
    GlobalIPv6PrefixLen: endpoint?.prefix6 ?? 0,
    DNSNames: dnsNames(container, name, endpoint),
  };
}

/** What the container is called on a network of a person's own, while it is in it. */
function dnsNames(container: Container, network: string, endpoint: Endpoint | undefined): string[] | null {
  if (!endpoint || isPredefined({ name: network })) return null;
  const { id, name, config } = container;
  return [...new Set([name, ...endpoint.aliases, shortId(id), config.Hostname ?? ''])].filter(Boolean);
}

export function networkSettings(
  engine: Engine,
  container: Container,
): ContainerInspectResponse['NetworkSettings'] {
  const sandbox = engine.networks.sandbox(container.id);
  return {
    SandboxID: sandbox ? container.id : '',
    SandboxKey: sandbox?.path ?? '',
    Ports: portMap(container, sandbox),
    Networks: endpointSettings(engine, container),
  };
}

/** What is published, and with null what is only exposed; nothing while it does not run. */
function portMap({ config }: Container, sandbox: Sandbox | undefined): Ports {
  if (!sandbox) return {};
  const map: Ports = Object.fromEntries(
    Object.keys(config.ExposedPorts ?? {}).map((port) => [portKey(port), null]),
  );
  for (const { containerPort, protocol, hostIp, hostPort } of sandbox.ports) {
    const key = `${containerPort}/${protocol}`;
    map[key] = [...(map[key] ?? []), { HostIp: hostIp, HostPort: hostPort === 0 ? '' : String(hostPort) }];
  }
  return map;
}

function portKey(text: string): string {
  const { containerPort, protocol } = parsePort(text);
  return `${containerPort}/${protocol}`;
}

/** The ports of a row of `ps`, published ones with their address on the host. */
export function portSummaries(engine: Engine, container: Container): ContainerSummary['Ports'] {
  const sandbox = engine.networks.sandbox(container.id);
  if (!sandbox) return [];
  return Object.entries(portMap(container, sandbox)).flatMap(([port, hosts]): ContainerSummary['Ports'] => {
    const { containerPort, protocol } = parsePort(port);
    const shown = { PrivatePort: containerPort, Type: protocol };
    if (!hosts) return [shown];
    return hosts.map(({ HostIp, HostPort }) => ({
      IP: HostIp ?? '',
      ...shown,
      ...(HostPort && { PublicPort: Number(HostPort) }),
    }));
  });
}
