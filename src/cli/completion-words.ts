// The words that may come next on a command line: for the scripts that `skiff completion` prints.

import { findCommand } from './commands/find.ts';
import { commands, groups } from './commands/index.ts';
import { globalFlags } from './global-flags.ts';

/** `words` are those after `skiff`, the last of them unfinished. */
export async function completionsFor(words: readonly string[]): Promise<string[]> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1).filter((word) => !word.startsWith('-'));
  const candidates = await candidatesFor(before, last);
  return [...new Set(candidates)].filter((word) => word.startsWith(last)).sort();
}

async function candidatesFor(before: readonly string[], last: string): Promise<string[]> {
  const found = findCommand(before);
  if (found.kind === 'command') {
    if (!last.startsWith('-')) return [];
    const flags = (await found.load()).flags;
    return Object.entries(flags).flatMap(([name, flag]) => (flag.hidden ? [] : [`--${name}`]));
  }
  if (found.kind === 'group') return verbsOf(found.name);
  if (last.startsWith('-')) return Object.keys(globalFlags).map((name) => `--${name}`);
  return before.length === 0 ? [...Object.keys(groups), ...topLevel()] : [];
}

function verbsOf(group: string): string[] {
  return spellings().flatMap((name) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []));
}

function topLevel(): string[] {
  return spellings().filter((name) => !name.includes(' '));
}

function spellings(): string[] {
  return Object.entries(commands).flatMap(([name, { aliases }]) => [name, ...aliases]);
}
