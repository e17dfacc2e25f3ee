// `--filter name=value`, as the engine takes them: name to list of values.

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
