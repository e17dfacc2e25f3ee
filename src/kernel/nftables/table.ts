/** Tables and their base chains, as requests. */
import { attribute, be32, NLM, nested, text } from '../netlink/message.ts';
import { MSG, type Request, request, type TableName } from './request.ts';

export const HOOK = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;
export const PRIORITY = { raw: -300, dstnat: -100, filter: 0, srcnat: 100 } as const;

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
