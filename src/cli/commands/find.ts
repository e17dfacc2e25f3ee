// Finds the command that the first words of a line name.

import type { Command } from '../command.ts';
import { commands, groups } from './index.ts';

export type Found =
  | {
      readonly kind: 'command';
      readonly typed: string;
      /** Every spelling, the full name first. */
      readonly names: readonly string[];
      readonly rest: readonly string[];
      readonly load: () => Promise<Command>;
    }
  | { readonly kind: 'group'; readonly name: string; readonly rest: readonly string[] }
  | { readonly kind: 'unknown'; readonly word: string }
  | { readonly kind: 'none' };

export function findCommand(words: readonly string[]): Found {
  const [first, second] = words;
  if (first === undefined) return { kind: 'none' };
  if (Object.hasOwn(groups, first)) {
    const isVerb = second !== undefined && !second.startsWith('-');
    if (!isVerb) return { kind: 'group', name: first, rest: words.slice(1) };
    return (
      byName(`${first} ${second}`, words.slice(2)) ?? { kind: 'group', name: first, rest: words.slice(1) }
    );
  }
  return byName(first, words.slice(1)) ?? { kind: 'unknown', word: first };
}

function byName(typed: string, rest: readonly string[]): Found | undefined {
  for (const [name, { load, aliases }] of Object.entries(commands)) {
    if (name !== typed && !aliases.includes(typed)) continue;
    const all = aliases.length > 0 ? [name, ...aliases] : [];
    return { kind: 'command', typed, names: all, rest, load: async () => (await load()).command };
  }
  return undefined;
}
