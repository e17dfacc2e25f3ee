/**
 * Tables, chains, rules, sets and their elements as nfnetlink messages (linux/netfilter/nf_tables.h), sent as one
 * transaction: the kernel takes the whole batch or nothing of it.
 */
import {
  attribute,
  attributeList,
  attributesOf,
  be32,
  message,
  NLM,
  nested,
  text,
  textOf,
} from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { Expression } from './expression.ts';

const SUBSYSTEM = 10 << 8;
const MSG = {
  NEWTABLE: 0,
  GETTABLE: 1,
  DELTABLE: 2,
  NEWCHAIN: 3,
  GETCHAIN: 4,
  NEWRULE: 6,
  GETRULE: 7,
  DELRULE: 8,
  NEWSET: 9,
  NEWSETELEM: 12,
  DELSETELEM: 14,
};
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const MAP = 8;

export const FAMILY = { ip: 2, inet: 1, ip6: 10, bridge: 7 } as const;
export const HOOK = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;
export const PRIORITY = { raw: -300, dstnat: -100, filter: 0, srcnat: 100 } as const;
/** Ids of nft(8)'s data types, kept with a set so that `nft list` can print it. Concatenated ones: 6 bits each. */
export const TYPE = { ipv4: 7, ipv6: 8, protocol: 12, port: 13, interface: 41 } as const;

export interface TableName {
  family: number;
  name: string;
}

export interface Request {
  attempted: string;
  message: Buffer;
}

/** struct nfgenmsg. */
function header(family: number, resource = 0): Buffer {
  return Buffer.from([family, 0, resource >> 8, resource & 0xff]);
}

function request(
  attempted: string,
  type: number,
  flags: number,
  table: TableName,
  ...body: Uint8Array[]
): Request {
  return {
    attempted: `${attempted} in nftables table ${table.name}`,
    message: message(SUBSYSTEM | type, flags | NLM.ACK, header(table.family), ...body),
  };
}

/** All or nothing. Throws with errno and the name of the request that was refused. */
export function commit(netfilter: NetlinkSocket, requests: Request[]): void {
  const begin = { attempted: 'begin', message: message(BATCH_BEGIN, 0, header(0, 10)) };
  const end = { attempted: 'commit', message: message(BATCH_END, 0, header(0, 10)) };
  netfilter.request([begin, ...requests, end]);
}

export function addTable(table: TableName): Request {
  return request('add table', MSG.NEWTABLE, NLM.CREATE, table, attribute(1, text(table.name)));
}

/** Fails the batch if there is none: put `addTable` before it. */
export function deleteTable(table: TableName): Request {
  return request('delete table', MSG.DELTABLE, 0, table, attribute(1, text(table.name)));
}

export interface BaseChain {
  name: string;
  type: 'nat' | 'filter';
  hook: number;
  priority: number;
}

export function addChain(table: TableName, chain: BaseChain): Request {
  return request(
    `add chain ${chain.name}`,
    MSG.NEWCHAIN,
    NLM.CREATE,
    table,
    attribute(1, text(table.name)),
    attribute(3, text(chain.name)),
    nested(4, attribute(1, be32(chain.hook)), attribute(2, be32(chain.priority))),
    attribute(5, be32(1)),
    attribute(7, text(chain.type)),
  );
}

/** Behind the others of the chain. */
export function addRule(table: TableName, chain: string, expressions: Expression[]): Request {
  return ruleRequest(table, chain, NLM.CREATE | NLM.APPEND, nested(4, ...expressions));
}

/** Where among the rules of a chain a rule goes; a handle: before the rule that has it. */
export type RulePlace = 'first' | 'last' | Uint8Array;

/** With a comment to know it again by. */
export function placeRule(
  table: TableName,
  chain: string,
  place: RulePlace,
  expressions: Expression[],
  comment: string,
): Request {
  const bytes = text(comment);
  const userdata = Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
  const flags = place === 'last' ? NLM.CREATE | NLM.APPEND : NLM.CREATE;
  const before = typeof place === 'string' ? [] : [attribute(6, place)];
  return ruleRequest(table, chain, flags, nested(4, ...expressions), ...before, attribute(7, userdata));
}

function ruleRequest(table: TableName, chain: string, flags: number, ...parts: Uint8Array[]): Request {
  const where = [attribute(1, text(table.name)), attribute(2, text(chain))];
  return request(`add rule to ${chain}`, MSG.NEWRULE, flags, table, ...where, ...parts);
}

export function deleteRule(table: TableName, chain: string, handle: Uint8Array): Request {
  const where = [attribute(1, text(table.name)), attribute(2, text(chain)), attribute(3, handle)];
  return request(`delete rule of ${chain}`, MSG.DELRULE, 0, table, ...where);
}

export interface SetShape {
  name: string;
  key: { types: number[]; length: number };
  /** Present: a map. */
  data?: { types: number[]; length: number };
}

/** `id` names the set within the batch that makes it. */
export function addSet(table: TableName, set: SetShape, id: number): Request {
  const data = set.data
    ? [attribute(6, be32(concatenated(set.data.types))), attribute(7, be32(set.data.length))]
    : [];
  return request(
    `add set ${set.name}`,
    MSG.NEWSET,
    NLM.CREATE,
    table,
    attribute(1, text(table.name)),
    attribute(2, text(set.name)),
    attribute(3, be32(set.data ? MAP : 0)),
    attribute(4, be32(concatenated(set.key.types))),
    attribute(5, be32(set.key.length)),
    ...data,
    attribute(10, be32(id)),
  );
}

const concatenated = (types: number[]): number => types.reduce((sum, type) => (sum << 6) | type, 0);

export interface Element {
  key: Uint8Array;
  data?: Uint8Array;
}

export function addElements(table: TableName, set: string, elements: Element[]): Request {
  return request(`add to ${set}`, MSG.NEWSETELEM, NLM.CREATE, table, ...elementList(table, set, elements));
}

/** Fails the batch if one is not there. */
export function deleteElements(table: TableName, set: string, elements: Element[]): Request {
  const keys = elements.map(({ key }) => ({ key }));
  return request(`delete from ${set}`, MSG.DELSETELEM, 0, table, ...elementList(table, set, keys));
}

function elementList(table: TableName, set: string, elements: Element[]): Buffer[] {
  const list = elements.map(({ key, data }) =>
    nested(1, nested(1, attribute(1, key)), ...(data ? [nested(2, attribute(1, data))] : [])),
  );
  return [attribute(1, text(table.name)), attribute(2, text(set)), nested(3, ...list)];
}

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
