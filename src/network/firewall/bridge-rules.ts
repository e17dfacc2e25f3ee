/**
 * The instance's second table, of family bridge: what passes from port to port of the default bridge where its containers
 * are kept apart (`--icc=false`). Links are let through both ways, as Docker has it, and nothing else of IP. It is there
 * only while it is needed, since not every kernel has it (CONFIG_NF_TABLES_BRIDGE).
 */
import { errnoOf } from '../../core/errors.ts';
import {
  accept,
  drop,
  type Expression,
  etherTypeIs,
  inInterfaceLike,
  isMemberOf,
  loadDestination,
  loadDestinationPort,
  loadProtocol,
  loadSource,
  loadSourcePort,
  outInterfaceLike,
  R,
  r32,
} from '../../kernel/nftables/expression.ts';
import { listTables } from '../../kernel/nftables/listing.ts';
import { commit, FAMILY, type Request, type TableName } from '../../kernel/nftables/request.ts';
import { addRule } from '../../kernel/nftables/rule.ts';
import { addElements, addSet, TYPE } from '../../kernel/nftables/set.ts';
import { addChain, addTable, deleteTable, HOOK, PRIORITY } from '../../kernel/nftables/table.ts';
import { addressBytes } from '../addressing/address.ts';
import type { FirewallState, LinkedPort } from '../kernel/calls.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { PROTOCOL, padded, tableName } from './table-names.ts';

/** How the hosts' ends of links begin that the rules keep apart: nobody needs to be told of each. */
export const filteredPrefix = (instance: string): string => `${instance}-i`;

const LINKS = 'links';
const CHAIN = { name: 'forward', type: 'filter', hook: HOOK.forward, priority: PRIORITY.filter } as const;
/** linux/if_ether.h. */
const IPV4 = 0x0800;
const IPV6 = 0x86dd;

const tableOf = ({ instance }: Kernel): TableName => ({ family: FAMILY.bridge, name: tableName(instance) });

export function canFilterBridges(kernel: Kernel): boolean {
  const probe = { family: FAMILY.bridge, name: `${tableName(kernel.instance)}-try` };
  try {
    commit(kernel.netfilter, [addTable(probe), addChain(probe, CHAIN), deleteTable(probe)]);
    return true;
  } catch (error) {
    if (['EOPNOTSUPP', 'ENOTSUP', 'EAFNOSUPPORT', 'ENOENT'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/** The requests that leave exactly this table, and how many rules it has. */
export function bridgeRequests(
  kernel: Kernel,
  { filtered, links }: Pick<FirewallState, 'filtered' | 'links'>,
): { requests: Request[]; count: number } {
  const table = tableOf(kernel);
  const isThere = listTables(kernel.netfilter, FAMILY.bridge).some(({ name }) => name === table.name);
  const old = isThere ? [deleteTable(table)] : [];
  if (!filtered) return { requests: old, count: 0 };
  const rules = rulesFor(filteredPrefix(kernel.instance));
  const shape = { types: [TYPE.ipv4, TYPE.ipv4, TYPE.protocol, TYPE.port], length: 16 };
  const fresh = [
    addTable(table),
    addSet(table, { name: LINKS, key: shape }, 1),
    ...(links.length > 0 ? [addElements(table, LINKS, links.map(elementOf))] : []),
    addChain(table, CHAIN),
    ...rules.map((rule) => addRule(table, CHAIN.name, rule)),
  ];
  return { requests: [...old, ...fresh], count: rules.length };
}

const elementOf = ({ from, to, protocol, port }: LinkedPort) => ({
  key: Buffer.concat([
    addressBytes(from),
    addressBytes(to),
    Buffer.from([PROTOCOL[protocol], 0, 0, 0]),
    padded(port),
  ]),
});

function rulesFor(prefix: string): Expression[][] {
  const between = [...inInterfaceLike(prefix), ...outInterfaceLike(prefix)];
  const ipv4 = [...between, ...etherTypeIs(IPV4)];
  const linked = [loadProtocol(r32(2)), isMemberOf(LINKS, R.one), accept()];
  const there = [loadSource(r32(0), 4), loadDestination(r32(1), 4), loadDestinationPort(r32(3))];
  const back = [loadDestination(r32(0), 4), loadSource(r32(1), 4), loadSourcePort(r32(3))];
  return [
    [...ipv4, ...there, ...linked],
    [...ipv4, ...back, ...linked],
    [...ipv4, drop()],
    [...between, ...etherTypeIs(IPV6), drop()],
  ];
}
