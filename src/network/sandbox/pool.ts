/**
 * Namespaces made before they are asked for, each joined to a network already: a start takes one at no cost, and
 * another is made while the container runs. Only networks that were joined once are kept in stock.
 */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { newId, shortId } from '../../core/ids.ts';
import type { KernelClient, OpenResolver } from '../kernel/calls.ts';
import type { NetworkStore } from '../record/store.ts';
import { freeEndpoint, planEndpoint } from './endpoint.ts';
import type { LiveEndpoint } from './store.ts';

export interface ReadyNamespace {
  path: string;
  resolver: OpenResolver;
  /** Absent: it is in no network. */
  endpoint?: LiveEndpoint;
}

export interface PoolOptions {
  instance: string;
  netnsDirectory: string;
  /** For the default bridge; others have half of it. */
  size: number;
  kernel: KernelClient;
  networks: NetworkStore;
  logger: Logger;
}

/** Milliseconds. */
const IDLE = 60_000;

export class NamespacePool {
  readonly #options: PoolOptions;
  readonly #ready = new Map<string, ReadyNamespace[]>();
  readonly #filling = new Map<string, Promise<void>>();
  /** Networks whose stock is given up when nobody joins them. */
  readonly #idle = new Map<string, NodeJS.Timeout>();
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** One of the stock, if there is one. Call `refill` once the start does not wait for the worker any more. */
  take(networkId: string): ReadyNamespace | undefined {
    this.#touch(networkId);
    return this.#stock(networkId).shift();
  }

  /** Fills up what is in use. Networks get a stock once they are joined. */
  refill(): void {
    for (const networkId of this.#ready.keys()) this.fill(networkId);
  }

  /** Makes one with the endpoint that was drawn up; the path is new. */
  async make(endpoint: LiveEndpoint): Promise<ReadyNamespace> {
    const path = this.#newPath();
    const resolver = await this.#options.kernel.makeNamespace({
      path,
      link: endpoint.link,
      ipv6: endpoint.link.addresses.some((address) => address.includes(':')),
    });
    return { path, resolver, endpoint };
  }

  /** In no network yet: `connect` will join it. */
  async makeBare(): Promise<ReadyNamespace> {
    const path = this.#newPath();
    return { path, resolver: await this.#options.kernel.makeNamespace({ path, ipv6: false }) };
  }

  #newPath(): string {
    return join(this.#options.netnsDirectory, shortId(newId()));
  }

  /** How many are in stock. */
  stockOf(networkId: string): number {
    return this.#ready.get(networkId)?.length ?? 0;
  }

  fill(networkId: string): void {
    if (this.#closed || this.#filling.has(networkId)) return;
    const filling = this.#fill(networkId)
      .catch((error: unknown) => {
        if (!this.#closed)
          this.#options.logger.warn({ err: error, networkId }, 'namespace pool is not filled');
      })
      .finally(() => this.#filling.delete(networkId));
    this.#filling.set(networkId, filling);
  }

  /** Empties the stock of one network: before it goes, or when somebody needs the addresses. */
  async drain(networkId: string): Promise<void> {
    const entries = this.#ready.get(networkId) ?? [];
    this.#ready.delete(networkId);
    clearTimeout(this.#idle.get(networkId));
    this.#idle.delete(networkId);
    await this.#filling.get(networkId);
    const live = this.#options.networks.byId(networkId);
    for (const { endpoint } of entries) if (endpoint) freeEndpoint(live, endpoint);
    await this.#options.kernel.closeSockets(
      entries.flatMap(({ resolver: { sockets } }) => [sockets.udp, sockets.tcp]),
    );
    await this.#options.kernel.dropNamespaces(entries.map(({ path }) => path));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const ids = new Set([...this.#ready.keys(), ...this.#filling.keys()]);
    await Promise.all([...ids].map((id) => this.drain(id)));
  }

  /** The network's stock is kept up from now on, and for a while after the last call. */
  #touch(networkId: string): void {
    this.#stock(networkId);
    if (this.#isStanding(networkId)) return;
    clearTimeout(this.#idle.get(networkId));
    const timer = setTimeout(() => this.#giveUp(networkId), IDLE);
    this.#idle.set(networkId, timer.unref());
  }

  #giveUp(networkId: string): void {
    this.drain(networkId).catch((error: unknown) => {
      this.#options.logger.warn({ err: error, networkId }, 'ready namespaces are not given up');
    });
  }

  #isStanding(networkId: string): boolean {
    return this.#options.networks.byId(networkId)?.network.name === 'bridge';
  }

  /** A macvlan would be seen on the wire before anybody uses it. */
  #sizeFor(networkId: string): number {
    if (this.#options.networks.byId(networkId)?.network.driver !== 'bridge') return 0;
    return this.#isStanding(networkId) ? this.#options.size : Math.ceil(this.#options.size / 2);
  }

  #stock(networkId: string): ReadyNamespace[] {
    const stock = this.#ready.get(networkId) ?? [];
    this.#ready.set(networkId, stock);
    return stock;
  }

  async #fill(networkId: string): Promise<void> {
    const stock = this.#stock(networkId);
    const size = this.#sizeFor(networkId);
    while (!this.#closed && this.#ready.get(networkId) === stock && stock.length < size) {
      const live = this.#options.networks.byId(networkId);
      if (!live) return;
      const request = { network: networkId, aliases: [] };
      const endpoint = planEndpoint({ instance: this.#options.instance, live, request, position: 0 });
      try {
        stock.push(await this.make(endpoint));
      } catch (error) {
        freeEndpoint(live, endpoint);
        throw error;
      }
    }
  }
}
