// Prints a list of things: as a table, as JSON lines, or through a template of the user's.

import type { Output } from '../world.ts';
import { goJson } from './go-json.ts';
import { renderTable } from './table.ts';

/** One column: its heading and its text for an item. */
export type Field<T> = readonly [heading: string, value: (item: T) => unknown];

export interface View<T> {
  /** Every field that `--format` can name. */
  readonly fields: Readonly<Record<string, Field<T>>>;
  /** Fields with an argument, `{{.Label "name"}}`. */
  readonly methods?: Readonly<Record<string, (item: T, argument: string) => string>>;
  /** The fields of the plain table. */
  readonly columns: readonly string[];
  /** The field that `--quiet` prints. */
  readonly quiet: string;
  /** Label and field of each line of `--format raw`, where there is such a form. */
  readonly raw?: readonly (readonly [label: string, field: string])[];
  /** The Go type that error messages name. */
  readonly type: string;
}

export interface ViewOptions {
  readonly format: string;
  readonly quiet?: boolean;
}

export async function printView<T>(
  out: Output,
  view: View<T>,
  items: readonly T[],
  options: ViewOptions,
): Promise<void> {
  const { format, quiet } = options;
  if (format === '' || format === 'table')
    out.write(quiet ? quietLines(view, items) : plainTable(view, items));
  else if (format === 'json') out.write(items.map((item) => `${rowJson(view, item)}\n`).join(''));
  else if (format === 'raw' && view.raw) out.write(rawBlocks(view, items, view.raw));
  else {
    const { templateLines, templateTable } = await import('./view-template.ts');
    const isTable = format !== 'table ' && format.startsWith('table');
    const text = isTable ? format.slice('table'.length).trim() : format;
    out.write((isTable ? templateTable : templateLines)(view, items, text));
  }
}

function plainTable<T>(view: View<T>, items: readonly T[]): string {
  const heading = view.columns.map((name) => view.fields[name]?.[0] ?? '');
  const rows = items.map((item) => view.columns.map((name) => String(view.fields[name]?.[1](item) ?? '')));
  return renderTable([heading, ...rows]);
}

function quietLines<T>(view: View<T>, items: readonly T[]): string {
  return items.map((item) => `${view.fields[view.quiet]?.[1](item)}\n`).join('');
}

function rowJson<T>(view: View<T>, item: T): string {
  const names = Object.keys(view.fields).sort();
  return goJson(Object.fromEntries(names.map((name) => [name, view.fields[name]?.[1](item)])));
}

function rawBlocks<T>(view: View<T>, items: readonly T[], raw: NonNullable<View<T>['raw']>): string {
  const line = (item: T, [label, field]: readonly [string, string]) =>
    `${label}: ${view.fields[field]?.[1](item) ?? ''}`.trimEnd();
  return items.map((item) => `${raw.map((pair) => line(item, pair)).join('\n')}\n\n`).join('');
}
