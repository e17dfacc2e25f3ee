// Prints a list of things: as a table, as JSON lines, or through a template of the user's.

import { ExitError, messageOf } from '../exit.ts';
import type { Output } from '../world.ts';
import { goJson } from './go-json.ts';
import { renderTable } from './table.ts';
import type { Template } from './template/template.ts';

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
  else if (format === 'raw' && view.raw && !quiet) out.write(rawBlocks(view, items, view.raw));
  else if (format === 'table ' || !format.startsWith('table '))
    out.write(await templateLines(view, items, format));
  else out.write(await templateTable(view, items, format.slice('table '.length).trim()));
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

async function templateLines<T>(view: View<T>, items: readonly T[], format: string): Promise<string> {
  const { parseTemplate, TemplateError } = await import('./template/template.ts');
  const template = compile(() => parseTemplate(unescapeFormat(format)));
  try {
    return items.map((item) => `${renderRow(template, view, item)}\n`).join('');
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new ExitError(`failed to execute template: ${messageOf(error)}`, 1, { cause: error });
  }
}

async function templateTable<T>(view: View<T>, items: readonly T[], format: string): Promise<string> {
  const { headingBuiltins } = await import('./template/functions.ts');
  const { parseTemplate } = await import('./template/template.ts');
  const template = compile(() => parseTemplate(unescapeFormat(format)));
  const heading = template.render(headings(view), view.type, headingBuiltins);
  const lines = await templateLines(view, items, format);
  const rows = `${heading}\n${lines}`.slice(0, -1).split('\n');
  return renderTable(rows.map((row) => row.split('\t')));
}

function compile<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new ExitError(`failed to parse template: ${messageOf(error)}`, 1, { cause: error });
  }
}

/** A whole row as JSON is written by Go's encoder, with its escapes; parts of it are not. */
function renderRow<T>(template: Template, view: View<T>, item: T): string {
  const row = templateRow(view, item);
  const json = (value: unknown) => (value === row ? goJson(value) : JSON.stringify(value));
  return template.render(row, view.type, { json });
}

function headings<T>(view: View<T>): Record<string, unknown> {
  const names = Object.entries(view.fields).map(([name, [heading]]) => [name, heading]);
  const methods = Object.keys(view.methods ?? {}).map((name) => [
    name,
    (label: string) => label.split('.').at(-1),
  ]);
  return Object.fromEntries([...names, ...methods]);
}

/** Fields are computed when the template asks for them. */
function templateRow<T>(view: View<T>, item: T): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [name, [, value]] of Object.entries(view.fields)) {
    Object.defineProperty(row, name, { enumerable: true, get: () => value(item) });
  }
  for (const [name, method] of Object.entries(view.methods ?? {})) {
    Object.defineProperty(row, name, {
      enumerable: false,
      value: (argument: string) => method(item, argument),
    });
  }
  return row;
}

/** A shell passes `\t` and `\n` as two characters; templates mean the real ones. */
function unescapeFormat(format: string): string {
  return format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}
