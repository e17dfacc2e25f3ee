/** What the network worker does for the daemon's thread: the messages between them, as functions. */
import type { PortProtocol } from '../network.ts';
import type { GatewayMode } from '../record/driver-options.ts';

export interface BridgeSpec {
  name: string;
  /** Absent: one of the kernel's choice. */
  mac?: string;
  mtu?: number;
  /** The gateway addresses with their prefixes: `172.17.0.1/16`. */
  addresses: string[];
  /** It was there before us: what it has it keeps. */
  adopted: boolean;
}

/** One link of a container, and what it says to its neighbours. */
export interface LinkSpec {
  kind: 'veth' | 'macvlan' | 'ipvlan';
  /** Of a macvlan or ipvlan (kernel/netlink/link.ts); 0 of a veth. */
  mode: number;
  /** Name of the host's end. A macvlan or ipvlan has none, and this name only until it is inside. */
  host: string;
  bridge: string;
  isolated: boolean;
  mtu?: number;
  device: string;
  /** '' of an ipvlan, which has its parent's. */
  mac: string;
  /** With prefix. */
  addresses: string[];
  /** Settings of its own. */
  settings?: InterfaceSetting[];
  /** Default routes through this link; empty for none. */
  gateways: string[];
}

/** `/proc/sys/net/<family>/<group>/<link>/<key>`. */
export interface InterfaceSetting {
  family: string;
  group: string;
  key: string;
  value: string;
}

export interface NamespaceSpec {
  path: string;
  link?: LinkSpec;
  ipv6: boolean;
}

/** Sockets at 127.0.0.11 in the namespace, open in this process: whoever is told owns them. */
export interface ResolverSockets {
  udp: number;
  tcp: number;
}

/** The ports of 127.0.0.11 that port 53 is turned into. */
export interface ResolverPorts {
  udp: number;
  tcp: number;
}

export interface OpenResolver {
  sockets: ResolverSockets;
  ports: ResolverPorts;
}

export interface PortMapping {
  protocol: PortProtocol;
  /** '' is every address of the family. */
  hostIp: string;
  family: 4 | 6;
  hostPort: number;
  /** Where it goes, of the same family; absent: there is no such address, the connection is passed on by a process. */
  address?: string;
  /** Where a process passes connections on to, of either family. */
  relayTo: string;
  containerPort: number;
  /** Translated for other machines too, whatever the host's own firewall says. */
  open?: boolean;
  /** Callers come to the container's own address too; with host port 0 to nothing else. */
  direct?: boolean;
}

export interface FirewallNetwork {
  bridge: string;
  subnets: FirewallSubnet[];
  internal: boolean;
  masquerade: boolean;
  /** Links of the host from where published ports are reached by the containers' own addresses. */
  trusted: string[];
  /** What the modes of its subnets let in is let in from other machines too, not from containers only. */
  unhindered: boolean;
}

export interface FirewallSubnet {
  subnet: string;
  mode: GatewayMode;
  /** Containers send in this name of the host; absent: in that of the link they leave by. */
  source?: string;
}

export interface FirewallState {
  networks: FirewallNetwork[];
  mappings: PortMapping[];
  /** Chains of the host that would drop what our bridges' containers send and get. */
  passedChains: ForeignChain[];
  /** There are ports that are open whatever the host's chains say. */
  opened: boolean;
  /** Links of containers (filteredPrefix) are kept apart, but for what these let through. */
  filtered: boolean;
  links: LinkedPort[];
}

/** A container that is linked to another one reaches what that exposes. */
export interface LinkedPort {
  from: string;
  to: string;
  protocol: PortProtocol;
  port: number;
}

/** A chain of another table than ours. */
export interface ForeignChain {
  family: number;
  table: string;
  chain: string;
}

/** The chains that deny what is not allowed by name: to this host, and through it. */
export interface HostPolicy {
  input: ForeignChain[];
  forward: ForeignChain[];
}

/** How many rules there are: in our own tables, and of ours in others'. */
export interface RuleCount {
  own: number;
  foreign: number;
}

export interface FirewallStatus {
  rules: RuleCount;
  policy: HostPolicy;
}

export interface ReserveRequest {
  protocol: PortProtocol;
  hostIp: string;
  family: 4 | 6;
  hostPort: number;
}

export interface KernelCalls {
  /** Makes or completes it; never takes an address away that another network's link would need. Returns false when it was there. */
  ensureBridge(spec: BridgeSpec): boolean;
  /**
   * While the lock is held no other engine on this host chooses a subnet. It is on /run itself: nothing is left, and the
   * kernel takes it from a daemon that dies. Both return what is to be handed to `unlockSubnets`.
   */
  lockSubnets(): number;
  /** -1 if another engine holds it. */
  tryLockSubnets(): number;
  unlockSubnets(lock: number): void;
  /** The link of a VLAN over its parent, up. */
  createVlan(parent: string, name: string, id: number): void;
  /** Throws with EOPNOTSUPP if this kernel has none. */
  tryIpvlan(parent: string): void;
  removeLink(name: string): void;
  linkExists(name: string): boolean;
  /** Subnets that this host has routes to, `except` the link's own. */
  usedSubnets(except: string): string[];
  enableForwarding(family: 4 | 6): void;
  makeNamespace(spec: NamespaceSpec): OpenResolver;
  /** In a living namespace, at the ports that it had. */
  openResolver(path: string, ports: ResolverPorts): OpenResolver;
  attach(path: string, link: LinkSpec): void;
  /** Takes addresses and link out of a living namespace. */
  detach(path: string, device: string): void;
  /** Makes the hosts' ends of veth pairs ports of their bridges again. One that is not there is passed over. */
  putBack(links: Pick<LinkSpec, 'host' | 'bridge' | 'isolated'>[]): void;
  setDefaultRoutes(path: string, routes: { device: string; gateway: string }[]): void;
  dropNamespaces(paths: string[]): void;
  /** Lets go of all namespaces of this instance that are not kept. Returns their paths, and the links that will go with them. */
  sweep(keep: { paths: string[]; links: string[] }): { paths: string[]; links: string[] };
  /** For each a socket that holds the port for us, or the errno name why not. One that does not listen refuses callers. */
  reserve(requests: ReserveRequest[], listens: boolean): (number | string)[];
  closeSockets(fds: number[]): void;
  hostPolicy(): HostPolicy;
  firewallStatus(): FirewallStatus;
  /** Whether this kernel has rules for what passes from port to port of a bridge. */
  canFilterBridges(): boolean;
  /** Returns what is there then. */
  replaceTable(state: FirewallState): RuleCount;
  addMappings(mappings: PortMapping[]): void;
  removeMappings(mappings: PortMapping[]): boolean;
  removeTable(): void;
}

export type KernelClient = {
  [Name in keyof KernelCalls]: (
    ...args: Parameters<KernelCalls[Name]>
  ) => Promise<ReturnType<KernelCalls[Name]>>;
} & {
  /** Starts the thread, if it is not there. Until it is up, or the first call that needs it, calls are made by the caller's own. */
  begin(): void;
  /** One listener for each event. */
  on(event: keyof Listeners, listener: (name: string) => void): void;
  close(): Promise<void>;
};

export interface Listeners {
  /** Somebody changed the nftables of this host, ours or others. */
  ruleset: (name: string) => void;
  /** The link of that name is gone; '': any may be. */
  link: (name: string) => void;
  /** The worker is there, for the first time or again: of what has changed until now nobody was told. */
  up: (name: string) => void;
}

export interface CallMessage {
  id: number;
  name: keyof KernelCalls;
  args: unknown[];
}

export interface AnswerMessage {
  id: number;
  value?: unknown;
  error?: { message: string; code?: string; errno?: number; syscall?: string; attempted?: string };
}

/** Sent without being asked; `up`: it hears of changes, and answers. */
export interface EventMessage {
  event: 'up' | 'ruleset' | 'link';
  name?: string;
}

export interface WorkerOptions {
  instance: string;
  netnsDirectory: string;
}
