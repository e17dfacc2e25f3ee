/** What the network layer gives to the daemon: named networks, and for each container a namespace that is joined to them. */

export interface IpamPool {
  subnet: string;
  gateway?: string;
  ipRange?: string;
  auxAddresses?: Record<string, string>;
}

/** A network as it is stored: networks/<id>.json. */
export interface Network {
  id: string;
  name: string;
  created: string;
  driver: 'bridge' | 'host' | 'null' | 'macvlan' | 'ipvlan';
  internal: boolean;
  attachable: boolean;
  ipv4: boolean;
  ipv6: boolean;
  ipam: { driver: string; options: Record<string, string>; pools: IpamPool[] };
  options: Record<string, string>;
  labels: Record<string, string>;
  /** Not a network but what others are made from: its pools are as they were given. */
  configOnly?: boolean;
  /** Name of the one that it was made from. */
  configFrom?: string;
}

/** What a network is asked to be; what is absent is chosen. */
export type NetworkRequest = Partial<Omit<Network, 'id' | 'created' | 'driver' | 'ipam'>> & {
  name: string;
  /** 'bridge' if absent. Throws `not-found` for one that there is not. */
  driver?: string;
  ipam?: {
    driver?: string;
    options?: Record<string, string>;
    pools?: (Partial<IpamPool> & { subnet: string })[];
  };
};

/** Where the resolver of this layer answers inside every sandbox, as images expect it of Docker. */
export const RESOLVER_ADDRESS = '127.0.0.11';

export type PortProtocol = 'tcp' | 'udp' | 'sctp';

export interface PortRequest {
  containerPort: number;
  protocol: PortProtocol;
  /** '' is every address. */
  hostIp: string;
  /** 0: any free one. A range means the first free one of it. */
  hostPort: number;
  hostPortEnd?: number;
  /** Reached from other machines even if the host's own firewall denies. */
  open?: boolean;
}

export interface PublishedPort {
  containerPort: number;
  protocol: PortProtocol;
  hostIp: string;
  /** 0: none of this host's leads there, the container is called by its own address (`routed`). */
  hostPort: number;
}

/** A published port of a container. */
export interface PortReference {
  containerPort: number;
  protocol: PortProtocol;
  /** Absent: wherever it is published. */
  hostPort?: number;
}

/** Numbers of addresses; above 2^53 only roughly. */
export interface SubnetUsage {
  subnet: string;
  inUse: number;
  available: number;
}

/** Who can reach a published port: this host alone, whom the host's own firewall lets, or everybody. */
export interface PortReach extends PublishedPort {
  containerId: string;
  name: string;
  reach: 'host' | 'firewall' | 'everyone';
  /** The chains of the host's firewall that have the say: `ip filter INPUT`. */
  chains: string[];
}

export interface EndpointRequest {
  /** Name or id of the network. */
  network: string;
  ipv4?: string;
  ipv6?: string;
  /** Further addresses, 169.254.0.0/16 or fe80::/10. */
  linkLocal?: string[];
  /** No IPv6 whatever the network has. */
  noIpv6?: boolean;
  mac?: string;
  aliases: string[];
  links?: string[];
  driverOptions?: Record<string, string>;
  gatewayPriority?: number;
}

export interface Endpoint {
  id: string;
  networkId: string;
  networkName: string;
  ipv4: string;
  prefix: number;
  gateway: string;
  ipv6?: string;
  prefix6?: number;
  gateway6?: string;
  mac: string;
  /** Name of the link inside the container. */
  device: string;
  aliases: string[];
}

export interface SandboxRequest {
  containerId: string;
  /** Resolvable names besides the aliases. */
  name: string;
  hostname: string;
  endpoints: EndpointRequest[];
  ports: PortRequest[];
  /** What containers that are linked to it may reach where others may not. */
  exposed?: Pick<PortRequest, 'containerPort' | 'protocol'>[];
  /** Who is asked for names that are not ours; the host's resolvers if absent or empty. */
  dns?: string[];
}

/** A container's network namespace, kept alive by a bind mount under exec-root. */
export interface Sandbox {
  containerId: string;
  /** Path for the OCI config's network namespace. */
  path: string;
  endpoints: Endpoint[];
  ports: PublishedPort[];
}

export interface Networks {
  // Containers on `none` and `host` are not joined: the runtime makes an empty namespace for the one (no path in the
  // OCI config), and none for the other. `connect` needs a sandbox, so it cannot add to them; nor does Docker.
  /** By name or id or unambiguous id prefix. Throws `not-found`: `network x not found`. */
  get(reference: string): Network;
  list(): Network[];
  /** How full each of its subnets is. */
  usage(reference: string): SubnetUsage[];
  create(request: NetworkRequest): Promise<Network>;
  remove(reference: string): Promise<void>;

  /**
   * Namespace, links, addresses, routes, ports: all or nothing. Throws in Docker's words when a port is taken.
   * What is needed to find it again is on disk before it resolves. With no endpoints it is a namespace that `connect` can
   * join to networks later. Undo: `release`.
   */
  join(request: SandboxRequest): Promise<Sandbox>;
  connect(containerId: string, endpoint: EndpointRequest): Promise<Endpoint>;
  disconnect(containerId: string, networkId: string): Promise<void>;
  sandbox(containerId: string): Sandbox | undefined;
  /** Every published port, with who can reach it. */
  reach(): PortReach[];
  /** Publishes more ports of a running container, or takes some back; nobody else notices. Both return what is published then. */
  publish(containerId: string, ports: PortRequest[]): Promise<PublishedPort[]>;
  unpublish(containerId: string, ports: PortReference[]): Promise<PublishedPort[]>;
  /** The container is called otherwise from now on. */
  rename(containerId: string, name: string): Promise<void>;
  /** All sandboxes joined to a network. */
  endpointsOf(networkId: string): { containerId: string; name: string; endpoint: Endpoint }[];
  /** Idempotent. */
  release(containerId: string): Promise<void>;
  /** After a daemon restart: keeps the sandboxes of `alive`, collects all other leftovers of this instance. */
  restore(alive: string[]): Promise<void>;
  /** From then on bridges and rules are watched, and namespaces are kept ready: when nobody waits for the engine any more. */
  attend(): void;
  /**
   * Lets go of the kernel. With `keep` false everything of this instance goes: bridges, table, namespaces; for a
   * daemon that stops with no container running. With `keep` true running containers' networks work on.
   */
  close(options?: { keep: boolean }): Promise<void>;
}
