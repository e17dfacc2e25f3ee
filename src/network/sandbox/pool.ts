/**
 * Namespaces made before they are asked for, each joined to a network already: a start takes one at no cost, and
 * another is made while the container runs. Only networks that were joined once are kept in stock.
 */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { newId, shortId } from '../../core/ids.ts';
import type { KernelClient, OpenResolver } from '../kernel/calls.ts';
import type { LiveNetwork, NetworkStore } from '../record/store.ts';
import { freeEndpoint, planEndpoint } from './endpoint.ts';
import type { LiveEndpoint } from './store.ts';

export interface ReadyNamespace {
  path: string;
  resolver: OpenResolver;
  endpoint: LiveEndpoint;
}

export interface PoolOptions {
  instance: string;
  netnsDirectory: string;
  size: number;
  kernel: KernelClient;
  networks: NetworkStore;
  logger: Logger;
}

export class NamespacePool {
  readonly #options: PoolOptions;
  readonly #ready = new Map<string, ReadyNamespace[]>();
  readonly #filling = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** One of the stock, if there is one. Call `refill` once the start does not wait for the worker any more. */
  take(networkId: string): ReadyNamespace | undefined {
    return this.#stock(networkId).shift();
  }

  /** Fills up what is in use. Networks get a stock once they are joined. */
  refill(): void {
    for (const networkId of this.#ready.keys()) this.fill(networkId);
  }

  /** Makes one with the endpoint that was drawn up; the path is new. */
  async make(live: LiveNetwork, endpoint: LiveEndpoint): Promise<ReadyNamespace> {
    const path = join(this.#options.netnsDirectory, shortId(newId()));
    const resolver = await this.#options.kernel.makeNamespace({
      path,
      link: endpoint.link,
      ipv6: live.network.ipv6,
    });
    return { path, resolver, endpoint };
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
    await this.#filling.get(networkId);
    const live = this.#options.networks.byId(networkId);
    for (const { endpoint } of entries) freeEndpoint(live, endpoint);
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

  #stock(networkId: string): ReadyNamespace[] {
    const stock = this.#ready.get(networkId) ?? [];
    this.#ready.set(networkId, stock);
    return stock;
  }

  async #fill(networkId: string): Promise<void> {
    const stock = this.#stock(networkId);
    while (!this.#closed && this.#ready.get(networkId) === stock && stock.length < this.#options.size) {
      const live = this.#options.networks.byId(networkId);
      if (!live) return;
      const request = { network: networkId, aliases: [] };
      const endpoint = planEndpoint({ instance: this.#options.instance, live, request, position: 0 });
      try {
        stock.push(await this.make(live, endpoint));
      } catch (error) {
        freeEndpoint(live, endpoint);
        throw error;
      }
    }
  }
}
