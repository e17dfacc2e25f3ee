/** Hears of every change that anybody makes to the nftables of this network namespace: NFNLGRP_NFTABLES of nfnetlink. */
import { attributesOf, messagesOf, textOf } from '../netlink/message.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/socket.ts';
import { packetSocket } from '../packet-socket.ts';

const NFNLGRP_NFTABLES = 7;
const SUBSYSTEM = 10;
const NAME = 1;
const DELETED = { 2: 'table', 5: 'chain', 8: 'rule', 11: 'set' } as const;
const CHANGED_RULES = [2, 3, 5, 6, 8];
/** The last message of a transaction. */
const NEWGEN = 15;

export interface RulesetChange {
  /** Names of the tables that lost a table, chain, rule or set. */
  lost: Set<string>;
  /** Names of the tables whose chains or rules changed in any way. */
  changed: Set<string>;
}

export interface RulesetWatch {
  close(): void;
}

/** One call for each transaction. `missed`: the kernel dropped messages, anything may have changed. */
export function watchRuleset(onChange: (change: RulesetChange) => void, missed: () => void): RulesetWatch {
  const netlink = new NetlinkSocket(NETLINK_NETFILTER);
  netlink.subscribe(NFNLGRP_NFTABLES);
  let change = nothing();
  const socket = packetSocket(netlink.fd, (packet) => {
    for (const { type, body } of messagesOf(packet)) {
      if (type >> 8 !== SUBSYSTEM) continue;
      const kind = type & 0xff;
      if (kind === NEWGEN) {
        onChange(change);
        change = nothing();
      } else note(change, kind, textOf(attributesOf(body.subarray(4)).get(NAME)));
    }
  });
  // ENOBUFS: netlink(7), "overruns".
  socket.on('error', missed);
  return { close: () => socket.destroy() };
}

const nothing = (): RulesetChange => ({ lost: new Set(), changed: new Set() });

function note(change: RulesetChange, kind: number, table: string): void {
  if (kind in DELETED) change.lost.add(table);
  if (CHANGED_RULES.includes(kind)) change.changed.add(table);
}
