/** What the operations of this layer share: one of it for each daemon, made by openNetworks. */
import type { Logger } from 'pino';
import type { KeyedLock } from '../core/keyed-lock.ts';
import type { AddressPool } from './addressing/free-subnet.ts';
import type { Firewall } from './firewall/firewall.ts';
import type { KernelClient } from './kernel/calls.ts';
import type { PortTable } from './ports/port-table.ts';
import type { NetworkStore } from './record/store.ts';
import type { NamespacePool } from './sandbox/pool.ts';
import type { SandboxStore } from './sandbox/store.ts';
import type { Traffic } from './traffic/client.ts';

export interface NetworkContext {
  instance: string;
  netnsDirectory: string;
  addressPools: AddressPool[];
  /** This host may be made a router. */
  forwards: boolean;
  kernel: KernelClient;
  networks: NetworkStore;
  sandboxes: SandboxStore;
  pool: NamespacePool;
  ports: PortTable;
  firewall: Firewall;
  traffic: Traffic;
  locks: KeyedLock;
  logger: Logger;
  /** Begins what runs by itself: the worker, which watches bridges and rules, and the stock of ready namespaces. */
  start(): void;
}
