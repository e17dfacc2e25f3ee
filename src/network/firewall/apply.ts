/** Brings the instance's nftables table into the kernel: whole in one transaction, or single published ports. */
import { forgetConnections } from '../../kernel/netlink/conntrack.ts';
import { interfaceName } from '../../kernel/nftables/expression.ts';
import { listRules } from '../../kernel/nftables/listing.ts';
import { commit, FAMILY, type Request, type TableName } from '../../kernel/nftables/request.ts';
import { addRule } from '../../kernel/nftables/rule.ts';
import { addElements, addSet, deleteElements, type Element } from '../../kernel/nftables/set.ts';
import { addChain, addTable, deleteTable } from '../../kernel/nftables/table.ts';
import { addressBytes } from '../addressing/address.ts';
import type { FirewallState, FirewallStatus, PortMapping, RuleCount } from '../kernel/calls.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { bridgeRequests } from './bridge-rules.ts';
import { foreignRequests, rulesOfOurs } from './foreign.ts';
import { hostPolicy } from './host-policy.ts';
import { BRIDGES, CHAINS, rulesOf, SETS } from './rules.ts';
import { PROTOCOL, padded, tableName } from './table-names.ts';

/** One attribute holds at most 64 KiB, so elements go in portions. */
const PORTION = 500;
/** Of our tables. */
const FAMILIES: number[] = [FAMILY.inet, FAMILY.bridge];

const tableOf = (kernel: Kernel): TableName => ({ family: FAMILY.inet, name: tableName(kernel.instance) });

export function replaceTable(kernel: Kernel, state: FirewallState): RuleCount {
  const table = tableOf(kernel);
  const rules = rulesOf(state);
  const bridges = state.networks.map(({ bridge }) => ({ key: interfaceName(bridge) }));
  const foreign = foreignRequests(kernel, state);
  const bridge = bridgeRequests(kernel, state);
  commit(kernel.netfilter, [
    addTable(table),
    deleteTable(table),
    addTable(table),
    ...SETS.map((set, index) => addSet(table, set, index + 1)),
    ...inPortions(bridges).map((portion) => addElements(table, BRIDGES, portion)),
    ...mappingRequests(table, state.mappings, addElements),
    ...Object.values(CHAINS).map((chain) => addChain(table, chain)),
    ...Object.values(CHAINS).flatMap(({ name }) => rules[name].map((rule) => addRule(table, name, rule))),
    ...foreign.requests,
    ...bridge.requests,
  ]);
  return { own: Object.values(rules).flat().length + bridge.count, foreign: foreign.count };
}

export function firewallStatus(kernel: Kernel): FirewallStatus {
  const rules = listRules(kernel.netfilter);
  const own = rules.filter(
    ({ table }) => FAMILIES.includes(table.family) && table.name === tableName(kernel.instance),
  );
  const foreign = rulesOfOurs(kernel, rules);
  return { rules: { own: own.length, foreign: foreign.length }, policy: hostPolicy(kernel) };
}

export function addMappings(kernel: Kernel, mappings: PortMapping[]): void {
  const requests = mappingRequests(tableOf(kernel), mappings, addElements);
  if (requests.length > 0) commit(kernel.netfilter, requests);
}

/** False, and none is removed, if one of them is not there: after a flush, say. */
export function removeMappings(kernel: Kernel, mappings: PortMapping[]): boolean {
  try {
    const requests = mappingRequests(tableOf(kernel), mappings, deleteElements);
    if (requests.length > 0) commit(kernel.netfilter, requests);
    endFlows(kernel, mappings);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}

/** UDP knows no end of a connection: its peers would be led to the old place for as long as they send. */
function endFlows(kernel: Kernel, mappings: PortMapping[]): void {
  const flows = mappings.flatMap(({ protocol, address, containerPort }) =>
    protocol === 'udp' && address
      ? [{ protocol: PROTOCOL.udp, address: addressBytes(address), port: containerPort }]
      : [],
  );
  if (flows.length > 0) forgetConnections(kernel.netfilter, flows);
}

export function removeTable(kernel: Kernel): void {
  const table = tableOf(kernel);
  const foreign = foreignRequests(kernel, { passedChains: [], opened: false, networks: [] });
  const bridge = bridgeRequests(kernel, { filtered: false, links: [] });
  commit(kernel.netfilter, [addTable(table), deleteTable(table), ...foreign.requests, ...bridge.requests]);
}

function mappingRequests(
  table: TableName,
  mappings: PortMapping[],
  build: (table: TableName, set: string, elements: Element[]) => Request,
): Request[] {
  const named = mappings.flatMap((mapping) => [...translationsOf(mapping), ...ownPortsOf(mapping)]);
  const bySet = Map.groupBy(named, ({ set }) => set);
  return [...bySet].flatMap(([set, members]) =>
    inPortions(members.map(({ element }) => element)).map((portion) => build(table, set, portion)),
  );
}

interface Member {
  set: string;
  element: Element;
}

/** Open ones are in two maps: that for everybody, and that for this host and its containers. */
function translationsOf(mapping: PortMapping): Member[] {
  const { family, hostIp, hostPort, address, open } = mapping;
  if (address === undefined || hostPort === 0) return [];
  const which = `${family}${hostIp ? 'at' : ''}`;
  const element = elementOf(mapping);
  return [{ set: `ports${which}`, element }, ...(open ? [{ set: `open${which}`, element }] : [])];
}

/** The same for those that are reached by the container's own address. */
function ownPortsOf({ family, protocol, address, containerPort, direct, open }: PortMapping): Member[] {
  if (!direct || address === undefined) return [];
  const element = {
    key: Buffer.concat([
      addressBytes(address),
      Buffer.from([PROTOCOL[protocol], 0, 0, 0]),
      padded(containerPort),
    ]),
  };
  return [{ set: `own${family}`, element }, ...(open ? [{ set: `ownopen${family}`, element }] : [])];
}

function elementOf({ hostIp, protocol, hostPort, address = '', containerPort }: PortMapping): Element {
  const key = [
    hostIp ? addressBytes(hostIp) : Buffer.alloc(0),
    Buffer.from([PROTOCOL[protocol], 0, 0, 0]),
    padded(hostPort),
  ];
  return { key: Buffer.concat(key), data: Buffer.concat([addressBytes(address), padded(containerPort)]) };
}

function inPortions<T>(list: T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / PORTION) }, (_, index) =>
    list.slice(index * PORTION, (index + 1) * PORTION),
  );
}
