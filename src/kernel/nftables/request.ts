/**
 * Requests of nfnetlink (linux/netfilter/nf_tables.h), sent as one transaction: the kernel takes the whole batch or
 * nothing of it.
 */
import { message, NLM } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';

export const SUBSYSTEM = 10 << 8;
export const MSG = {
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

export const FAMILY = { ip: 2, inet: 1, ip6: 10, bridge: 7 } as const;

export interface TableName {
  family: number;
  name: string;
}

export interface Request {
  attempted: string;
  message: Buffer;
}

/** struct nfgenmsg. */
export function header(family: number, resource = 0): Buffer {
  return Buffer.from([family, 0, resource >> 8, resource & 0xff]);
}

export function request(
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
