// `--filter name=value`, as the engine takes them: name to list of values.

import type { Config } from '../config.ts';

export function filtersOf(
  texts: readonly string[],
  more: Readonly<Record<string, readonly string[]>> = {},
): object | undefined {
  const filters: Record<string, string[]> = {};
  for (const text of texts) {
    const cut = text.indexOf('=');
    const name = text.slice(0, cut).trim().toLowerCase();
    filters[name] = [...(filters[name] ?? []), text.slice(cut + 1).trim()];
  }
  for (const [name, values] of Object.entries(more)) filters[name] = [...(filters[name] ?? []), ...values];
  return Object.keys(filters).length > 0 ? filters : undefined;
}

/** What is asked for, and what the settings say of every prune, unless that is just what is asked against. */
export function pruneFilters(asked: readonly string[], { file }: Config): readonly string[] {
  const always = (file.pruneFilters ?? []).filter((text) => /^[^=]+=./.test(text));
  return [...asked, ...always.filter((text) => !asked.includes(opposite(text)))];
}

function opposite(text: string): string {
  return text.startsWith('label!=') ? text.replace('!', '') : text.replace(/^label=/, 'label!=');
}
