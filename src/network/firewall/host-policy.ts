/** What the host's own firewall says: which of its chains let nothing in, or nothing through, that is not allowed by name. */

import { type ListedChain, type ListedRule, listChains, listRules } from '../../kernel/nftables/listing.ts';
import { HOOK } from '../../kernel/nftables/table.ts';
import type { ForeignChain, HostPolicy } from '../kernel/calls.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** Tables of engines like this one are no policy of the host. */
const OURS = /^skiff-/;
const FAMILIES = [1, 2, 10];

export function hostPolicy(kernel: Kernel): HostPolicy {
  const rules = Map.groupBy(listRules(kernel.netfilter), chainKey);
  const denying = listChains(kernel.netfilter)
    .filter(
      ({ table, hook }) => FAMILIES.includes(table.family) && !OURS.test(table.name) && hook !== undefined,
    )
    .filter(
      (chain) => chain.drops || isRefusal(rules.get(chainKey({ ...chain, chain: chain.name }))?.at(-1)),
    );
  const at = (hook: number) => denying.filter((chain) => chain.hook === hook).map(foreign);
  return { input: at(HOOK.input), forward: at(HOOK.forward) };
}

function chainKey({ table, chain }: Pick<ListedRule, 'table' | 'chain'>): string {
  return `${table.family} ${table.name} ${chain}`;
}

/** firewalld's way: the policy accepts, and the last rule refuses whatever comes to it. */
export const isRefusal = (rule: ListedRule | undefined): boolean => isAlways(rule, ['drop', 'reject']);

/** To another chain, whatever the packet. */
export const isJump = (rule: ListedRule | undefined): boolean => isAlways(rule, ['verdict']);

function isAlways(rule: ListedRule | undefined, verdicts: string[]): boolean {
  const expressions = rule?.expressions ?? [];
  return (
    verdicts.includes(expressions.at(-1) ?? '') &&
    expressions.slice(0, -1).every((name) => SILENT.includes(name))
  );
}

/** Expressions that hold for every packet. */
const SILENT = ['counter', 'log'];

const foreign = ({ table, name }: ListedChain): ForeignChain => ({
  family: table.family,
  table: table.name,
  chain: name,
});
