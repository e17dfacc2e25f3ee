/** Sets, maps and their elements, as requests. */
import { attribute, be32, NLM, nested, text } from '../netlink/message.ts';
import { MSG, type Request, request, type TableName } from './request.ts';

const MAP = 8;

/** Ids of nft(8)'s data types, kept with a set so that `nft list` can print it. Concatenated ones: 6 bits each. */
export const TYPE = { ipv4: 7, ipv6: 8, protocol: 12, port: 13, interface: 41 } as const;

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
