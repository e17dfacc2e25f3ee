/** Who is called what in which network: the book that the resolver looks names and addresses up in. */

export interface NamedEndpoint {
  networkId: string;
  networkName: string;
  /** No way out of this network: names that are not ours do not exist in it. */
  internal: boolean;
  ipv4?: string;
  ipv6?: string;
  /** Where the host is met in this network. */
  hostAddresses: string[];
  aliases: string[];
  /** `alias → container` (name or id), for this container only. */
  links: Record<string, string>;
}

/** A container as the resolver sees it. */
export interface NamedContainer {
  containerId: string;
  /** Its first name is what a reverse lookup answers. */
  names: string[];
  endpoints: NamedEndpoint[];
  /** Who is asked for other names; empty: the host's resolvers. */
  servers: string[];
}

export interface Found {
  ipv4: string[];
  ipv6: string[];
}

const HOST_NAMES = ['host.docker.internal', 'gateway.docker.internal'];

interface Entry {
  container: NamedContainer;
  endpoint: NamedEndpoint;
}

export class NameBook {
  readonly #containers = new Map<string, NamedContainer>();
  /** `network/name` → those who are called so there. */
  readonly #byName = new Map<string, Set<Entry>>();
  /** `network/address` */
  readonly #byAddress = new Map<string, Entry>();
  readonly #entries = new Map<string, Entry[]>();

  get(containerId: string): NamedContainer | undefined {
    return this.#containers.get(containerId);
  }

  put(container: NamedContainer): void {
    this.remove(container.containerId);
    this.#containers.set(container.containerId, container);
    const entries = container.endpoints.map((endpoint) => ({ container, endpoint }));
    this.#entries.set(container.containerId, entries);
    for (const entry of entries) this.#enter(entry);
  }

  remove(containerId: string): void {
    for (const entry of this.#entries.get(containerId) ?? []) this.#strike(entry);
    this.#entries.delete(containerId);
    this.#containers.delete(containerId);
  }

  /** What `name` is for this container, over its networks in their order; `undefined`: no name of ours. */
  lookup(asker: NamedContainer, name: string): Found | undefined {
    const wanted = name.toLowerCase();
    for (const endpoint of asker.endpoints) {
      const entries = this.#inNetwork(endpoint, wanted);
      if (entries.length > 0) return addressesOf(entries);
    }
    if (HOST_NAMES.includes(wanted)) return hostAddresses(asker);
    return undefined;
  }

  /** `web.net`, as Docker answers a PTR query; `undefined`: none of ours. */
  reverse(asker: NamedContainer, address: string): string | undefined {
    for (const { networkId } of asker.endpoints) {
      const entry = this.#byAddress.get(`${networkId}/${address}`);
      if (entry) return `${entry.container.names[0]}.${entry.endpoint.networkName}`;
    }
    return undefined;
  }

  #inNetwork({ networkId, networkName, links }: NamedEndpoint, name: string): Entry[] {
    const suffix = `.${networkName.toLowerCase()}`;
    const bare = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    for (const candidate of new Set([name, bare])) {
      const linked = Object.hasOwn(links, candidate) ? links[candidate] : undefined;
      const found = this.#byName.get(`${networkId}/${linked?.toLowerCase() ?? candidate}`);
      if (found) return [...found];
    }
    return [];
  }

  #enter(entry: Entry): void {
    for (const key of keysOf(entry)) {
      const others = this.#byName.get(key) ?? new Set();
      this.#byName.set(key, others.add(entry));
    }
    for (const key of addressKeys(entry)) this.#byAddress.set(key, entry);
  }

  #strike(entry: Entry): void {
    for (const key of keysOf(entry)) {
      const others = this.#byName.get(key);
      others?.delete(entry);
      if (others?.size === 0) this.#byName.delete(key);
    }
    for (const key of addressKeys(entry)) if (this.#byAddress.get(key) === entry) this.#byAddress.delete(key);
  }
}

function keysOf({ container, endpoint }: Entry): Set<string> {
  const names = [container.containerId, ...container.names, ...endpoint.aliases];
  return new Set(names.map((name) => `${endpoint.networkId}/${name.toLowerCase()}`));
}

function addressKeys({ endpoint: { networkId, ipv4, ipv6 } }: Entry): string[] {
  return [ipv4, ipv6].flatMap((address) => (address ? [`${networkId}/${address}`] : []));
}

function addressesOf(entries: Entry[]): Found {
  return {
    ipv4: entries.flatMap(({ endpoint }) => endpoint.ipv4 ?? []),
    ipv6: entries.flatMap(({ endpoint }) => endpoint.ipv6 ?? []),
  };
}

function hostAddresses(asker: NamedContainer): Found | undefined {
  const addresses = asker.endpoints.find((endpoint) => endpoint.hostAddresses.length > 0)?.hostAddresses;
  if (!addresses) return undefined;
  return {
    ipv4: addresses.filter((address) => !address.includes(':')),
    ipv6: addresses.filter((address) => address.includes(':')),
  };
}
