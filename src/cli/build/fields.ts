// `key=value,key=value`: the grammar of --secret and --output.

import { splitCsv } from '../create/csv.ts';
import { ExitError } from '../exit.ts';

/** Throws for a key that is not in `known`, and for one without a value. */
export function readFields<K extends string>(text: string, known: readonly K[]): Partial<Record<K, string>> {
  const fields: Partial<Record<K, string>> = {};
  for (const field of splitCsv(text)) {
    const equals = field.indexOf('=');
    if (equals < 0) throw new ExitError(`invalid field '${field}' must be a key=value pair`);
    const written = field.slice(0, equals).trim().toLowerCase();
    const key = known.find((candidate) => candidate === written);
    if (!key) throw new ExitError(`unexpected key '${written}' in '${field}'`);
    fields[key] = field.slice(equals + 1);
  }
  return fields;
}
