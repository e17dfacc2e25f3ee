/** The networks there are: `<data-root>/networks/<id>.json` each, all in memory, with the address spaces of each. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { conflict, notFound } from '../../core/errors.ts';
import { isIdPrefix } from '../../core/ids.ts';
import { readJson, syncDirectory, writeJson } from '../../core/json-file.ts';
import { AddressSpace } from '../addressing/address-space.ts';
import type { Network } from '../network.ts';

/** Of version 1 a macvlan's parent was always the host's. */
const VERSION = 2;

interface NetworkRecord {
  version: number;
  /** Link on the host; a bridge's name, a macvlan's or ipvlan's parent; '' for host, none and configurations. */
  device: string;
  /** The link was there before the network, and stays behind it. */
  adopted?: boolean;
  network: Network;
}

/** A network with what the layer keeps beside it. */
export interface LiveNetwork {
  network: Network;
  device: string;
  adopted: boolean;
  /** Its containers are kept apart by rules, which let legacy links through; not by the ports of the bridge. */
  filtered?: boolean;
  /** One for each pool, in their order. */
  spaces: AddressSpace[];
}

export class NetworkStore {
  readonly #directory: string;
  readonly #live = new Map<string, LiveNetwork>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory).filter((name) => name.endsWith('.json'))) {
      const record = readJson<NetworkRecord>(join(directory, name));
      if (record) this.#keep(record.network, record.device, isAdopted(record));
    }
  }

  list(): LiveNetwork[] {
    return [...this.#live.values()];
  }

  byId(id: string): LiveNetwork | undefined {
    return this.#live.get(id);
  }

  /** Docker's order: whole id, name, unambiguous prefix of an id. */
  find(reference: string): LiveNetwork {
    const exact = this.#live.get(reference) ?? this.list().find(({ network }) => network.name === reference);
    if (exact) return exact;
    const matches = isIdPrefix(reference)
      ? this.list().filter(({ network }) => network.id.startsWith(reference))
      : [];
    if (matches.length > 1)
      throw conflict(
        `network ${reference} is ambiguous (${matches.length} matches found based on ID prefix)`,
      );
    const [match] = matches;
    if (!match) throw notFound(`network ${reference} not found`);
    return match;
  }

  /** On disk when it returns. What is there already is not written again: a daemon comes up on a full disk. */
  put(network: Network, device: string, adopted = false): LiveNetwork {
    const record: NetworkRecord = { version: VERSION, device, adopted, network };
    const path = this.#path(network.id);
    if (JSON.stringify(readJson(path)) !== JSON.stringify(record)) writeJson(path, record, { durable: true });
    return this.#keep(network, device, adopted);
  }

  delete(id: string): void {
    this.#live.delete(id);
    rmSync(this.#path(id), { force: true });
    syncDirectory(this.#directory);
  }

  #keep(network: Network, device: string, adopted: boolean): LiveNetwork {
    const spaces = network.configOnly ? [] : network.ipam.pools.map((pool) => new AddressSpace(pool));
    const live = { network, device, adopted, spaces };
    this.#live.set(network.id, live);
    return live;
  }

  #path(id: string): string {
    return join(this.#directory, `${id}.json`);
  }
}

const isAdopted = ({ version, adopted = false, network }: NetworkRecord): boolean =>
  adopted || (version < 2 && network.driver === 'macvlan');
