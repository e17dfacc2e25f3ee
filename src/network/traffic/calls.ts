/** What the traffic worker is told: whose names it answers for, and which ports it passes connections on from. */
import type { NamedContainer } from '../dns/names.ts';
import type { ResolverSockets } from '../kernel/calls.ts';

export interface RelaySpec {
  /** A bound (TCP: listening) socket of this process; it belongs to the relay from now on. */
  fd: number;
  protocol: 'tcp' | 'udp';
  family: 4 | 6;
  address: string;
  port: number;
}

export type TrafficMessage =
  | { call: 'serve'; container: NamedContainer; sockets: ResolverSockets }
  | { call: 'rename'; container: NamedContainer }
  | { call: 'forget'; containerId: string }
  | { call: 'relay'; relay: RelaySpec }
  | { call: 'unrelay'; id: number; fds: number[] };

/** The sockets are closed: their ports are free. */
export interface UnrelayedMessage {
  id: number;
}

export interface TrafficOptions {
  resolvConf: string;
}
