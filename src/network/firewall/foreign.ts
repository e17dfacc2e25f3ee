/**
 * Rules in the host's own forward chains that let our bridges' packets pass, because a drop there is final whatever our
 * table says. They stand at the end, before what refuses all that is left: whatever the host forbids by name stays
 * forbidden. They carry our name as comment, hold only what iptables-nft can show, and leave the choice to our own
 * table, which drops what is neither an answer nor published.
 */
import { accept, inInterface, outInterface } from '../../kernel/nftables/expression.ts';
import { type ListedRule, listRules } from '../../kernel/nftables/listing.ts';
import type { Request } from '../../kernel/nftables/request.ts';
import { deleteRule, placeRule, type RulePlace } from '../../kernel/nftables/rule.ts';
import type { FirewallState, ForeignChain } from '../kernel/calls.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isJump, isRefusal } from './host-policy.ts';

export const commentOf = (kernel: Kernel): string => `skiff-${kernel.instance}`;

export function rulesOfOurs(kernel: Kernel, rules: ListedRule[] = listRules(kernel.netfilter)): ListedRule[] {
  return rules.filter(({ comment }) => comment === commentOf(kernel));
}

/** The requests that leave exactly these rules of ours in the host's chains, and how many that are. */
export function foreignRequests(
  kernel: Kernel,
  { passedChains, opened, networks }: Pick<FirewallState, 'passedChains' | 'opened' | 'networks'>,
): { requests: Request[]; count: number } {
  const rules = listRules(kernel.netfilter);
  const old = rulesOfOurs(kernel, rules).map(({ table, chain, handle }) => deleteRule(table, chain, handle));
  const fresh = passedChains.flatMap((foreign) => {
    const add = (place: RulePlace, match: ReturnType<typeof inInterface>) =>
      placeRule(
        { family: foreign.family, name: foreign.table },
        foreign.chain,
        place,
        [...match, accept()],
        commentOf(kernel),
      );
    const end = endOf(foreign, rules);
    return networks.flatMap(({ bridge }) => [
      add(end, inInterface(bridge)),
      add(end, outInterface(bridge)),
      ...(opened ? [add('first', outInterface(bridge))] : []),
    ]);
  });
  return { requests: [...old, ...fresh], count: fresh.length };
}

/** Behind what the host says by name; firewalld refuses twice, in the chain that its last but one rule jumps to. */
function endOf({ family, table, chain }: ForeignChain, rules: ListedRule[]): RulePlace {
  const theirs = rules.filter(
    (rule) =>
      rule.table.family === family &&
      rule.table.name === table &&
      rule.chain === chain &&
      !/^skiff-/.test(rule.comment),
  );
  const last = theirs.at(-1);
  if (!last || !isRefusal(last)) return 'last';
  const before = theirs.at(-2);
  return before && isJump(before) ? before.handle : last.handle;
}
