/** What the kernel has: tables, chains and rules of everybody. */
import { attributeList, attributesOf, message, textOf } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { header, MSG, SUBSYSTEM, type TableName } from './request.ts';

export function listTables(netfilter: NetlinkSocket, family = 0): TableName[] {
  return netfilter
    .dump('list nftables tables', message(SUBSYSTEM | MSG.GETTABLE, 0, header(family)))
    .map(({ body }) => ({ family: body[0] ?? 0, name: textOf(attributesOf(body.subarray(4)).get(1)) }));
}

export interface ListedChain {
  table: TableName;
  name: string;
  /** Absent: not a base chain. */
  hook?: number;
  priority?: number;
  drops: boolean;
}

/** The chains of all tables, those of others too: what the host's own firewall says. */
export function listChains(netfilter: NetlinkSocket): ListedChain[] {
  return netfilter
    .dump('list nftables chains', message(SUBSYSTEM | MSG.GETCHAIN, 0, header(0)))
    .map(({ body }) => {
      const attributes = attributesOf(body.subarray(4));
      const hook = attributesOf(attributes.get(4) ?? Buffer.alloc(0));
      return {
        table: { family: body[0] ?? 0, name: textOf(attributes.get(1)) },
        name: textOf(attributes.get(3)),
        hook: hook.get(1)?.readUInt32BE(0),
        priority: hook.get(2)?.readInt32BE(0),
        drops: attributes.get(5)?.readUInt32BE(0) === 0,
      };
    });
}

export interface ListedRule {
  table: TableName;
  chain: string;
  handle: Buffer;
  /** Names of its expressions, in order; a verdict as `drop`, `accept` or `verdict`, a target of iptables by its name. */
  expressions: string[];
  comment: string;
}

/** In the order of their chains. */
export function listRules(netfilter: NetlinkSocket): ListedRule[] {
  return netfilter
    .dump('list nftables rules', message(SUBSYSTEM | MSG.GETRULE, 0, header(0)))
    .map(({ body }) => {
      const attributes = attributesOf(body.subarray(4));
      const userdata = attributes.get(7) ?? Buffer.alloc(0);
      return {
        table: { family: body[0] ?? 0, name: textOf(attributes.get(1)) },
        chain: textOf(attributes.get(2)),
        handle: attributes.get(3) ?? Buffer.alloc(8),
        expressions: [...attributeList(attributes.get(4) ?? Buffer.alloc(0))].map(([, value]) =>
          expressionName(value),
        ),
        comment: userdata[0] === 0 ? textOf(userdata.subarray(2, 2 + (userdata[1] ?? 0))) : '',
      };
    });
}

function expressionName(value: Buffer): string {
  const parts = attributesOf(value);
  const name = textOf(parts.get(1));
  if (name === 'target') return textOf(attributesOf(parts.get(2) ?? Buffer.alloc(0)).get(1)).toLowerCase();
  if (name !== 'immediate') return name;
  const data = attributesOf(attributesOf(parts.get(2) ?? Buffer.alloc(0)).get(2) ?? Buffer.alloc(0));
  const verdict = attributesOf(data.get(2) ?? Buffer.alloc(0)).get(1);
  if (!verdict) return name;
  return { 0: 'drop', 1: 'accept' }[verdict.readInt32BE(0)] ?? 'verdict';
}
