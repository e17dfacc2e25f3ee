/**
 * Only for a host that was told to be open: rules in the host's own chains that let our bridges' packets pass, because a
 * drop there is final whatever our table says. They carry our name as comment, hold only what iptables-nft can show, and
 * leave the choice to our own table, which drops what is not published.
 */
import { accept, inInterface, outInterface } from '../../kernel/nftables/expression.ts';
import {
  deleteRule,
  insertRule,
  type ListedRule,
  listRules,
  type Request,
} from '../../kernel/nftables/table.ts';
import type { ForeignChain } from '../kernel/calls.ts';
import type { Kernel } from '../kernel/kernel.ts';

export const commentOf = (kernel: Kernel): string => `skiff-${kernel.instance}`;

export function rulesOfOurs(kernel: Kernel, rules: ListedRule[] = listRules(kernel.netfilter)): ListedRule[] {
  return rules.filter(({ comment }) => comment === commentOf(kernel));
}

/** The requests that leave exactly these rules of ours in the host's chains. */
export function foreignRequests(kernel: Kernel, chains: ForeignChain[], bridges: string[]): Request[] {
  const old = rulesOfOurs(kernel).map(({ table, chain, handle }) => deleteRule(table, chain, handle));
  const fresh = chains.flatMap(({ family, table, chain }) =>
    bridges.flatMap((bridge) =>
      [inInterface(bridge), outInterface(bridge)].map((match) =>
        insertRule({ family, name: table }, chain, [...match, accept()], commentOf(kernel)),
      ),
    ),
  );
  return [...old, ...fresh];
}
