/** Brings the instance's nftables table into the kernel: whole in one transaction, or single published ports. */
import { interfaceName, port16 } from '../../kernel/nftables/expression.ts';
import {
  addChain,
  addElements,
  addRule,
  addSet,
  addTable,
  commit,
  deleteElements,
  deleteTable,
  type Element,
  FAMILY,
  type Request,
  type TableName,
} from '../../kernel/nftables/table.ts';
import { addressBytes } from '../addressing/address.ts';
import type { FirewallState, PortMapping } from '../kernel/calls.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { BRIDGES, CHAINS, rulesOf, SETS } from './rules.ts';

/** One attribute holds at most 64 KiB, so elements go in portions. */
const PORTION = 500;
const PROTOCOL = { tcp: 6, udp: 17, sctp: 132 } as const;

const tableOf = (kernel: Kernel): TableName => ({ family: FAMILY.inet, name: `skiff-${kernel.instance}` });

export function replaceTable(kernel: Kernel, state: FirewallState): void {
  const table = tableOf(kernel);
  const rules = rulesOf(state);
  const bridges = state.networks.map(({ bridge }) => ({ key: interfaceName(bridge) }));
  commit(kernel.netfilter, [
    addTable(table),
    deleteTable(table),
    addTable(table),
    ...SETS.map((set, index) => addSet(table, set, index + 1)),
    ...inPortions(bridges).map((portion) => addElements(table, BRIDGES, portion)),
    ...mappingRequests(table, state.mappings, addElements),
    ...Object.values(CHAINS).map((chain) => addChain(table, chain)),
    ...Object.values(CHAINS).flatMap(({ name }) => rules[name].map((rule) => addRule(table, name, rule))),
  ]);
}

export function addMappings(kernel: Kernel, mappings: PortMapping[]): void {
  const requests = mappingRequests(tableOf(kernel), mappings, addElements);
  if (requests.length > 0) commit(kernel.netfilter, requests);
}

/** Those that are not there any more (a flush, say) are no fault. */
export function removeMappings(kernel: Kernel, mappings: PortMapping[]): void {
  try {
    const requests = mappingRequests(tableOf(kernel), mappings, deleteElements);
    if (requests.length > 0) commit(kernel.netfilter, requests);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

export function removeTable(kernel: Kernel): void {
  const table = tableOf(kernel);
  commit(kernel.netfilter, [addTable(table), deleteTable(table)]);
}

function mappingRequests(
  table: TableName,
  mappings: PortMapping[],
  build: (table: TableName, set: string, elements: Element[]) => Request,
): Request[] {
  const translated = mappings.filter(({ address }) => address !== undefined);
  const bySet = Map.groupBy(translated, ({ family, hostIp }) => `ports${family}${hostIp ? 'at' : ''}`);
  return [...bySet].flatMap(([set, members]) =>
    inPortions(members.map(elementOf)).map((portion) => build(table, set, portion)),
  );
}

function elementOf({ hostIp, protocol, hostPort, address = '', containerPort }: PortMapping): Element {
  const key = [
    hostIp ? addressBytes(hostIp) : Buffer.alloc(0),
    Buffer.from([PROTOCOL[protocol], 0, 0, 0]),
    padded(hostPort),
  ];
  return { key: Buffer.concat(key), data: Buffer.concat([addressBytes(address), padded(containerPort)]) };
}

/** Parts of a concatenation begin on 4-byte words. */
const padded = (port: number): Buffer => Buffer.concat([port16(port), Buffer.alloc(2)]);

function inPortions<T>(list: T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / PORTION) }, (_, index) =>
    list.slice(index * PORTION, (index + 1) * PORTION),
  );
}
