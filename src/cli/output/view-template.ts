// Rows of a list through a template of the user's.

import { headingBuiltins } from '../../template/functions.ts';
import { parseTemplate, type Template, TemplateError } from '../../template/template.ts';
import { ExitError, messageOf } from '../exit.ts';
import { goJson } from './go-json.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';

const complaint = 'template parsing error';

export function templateLines<T>(view: View<T>, items: readonly T[], format: string): string {
  const template = attempt(complaint, () => parseTemplate(unescapeFormat(format)));
  return attempt(complaint, () => items.map((item) => `${renderRow(template, view, item)}\n`).join(''));
}

export function templateTable<T>(view: View<T>, items: readonly T[], format: string): string {
  const template = attempt(complaint, () => parseTemplate(unescapeFormat(format)));
  const heading = attempt(complaint, () => template.render(headings(view), view.type, headingBuiltins));
  const lines = templateLines(view, items, format);
  const rows = `${heading}\n${lines}`.slice(0, -1).split('\n');
  return renderTable(rows.map((row) => row.split('\t')));
}

/** The fields that a template reads, found by running it on a row of nothing. */
export function fieldsUsed<T>(view: View<T>, format: string): ReadonlySet<string> {
  const used = new Set<string>();
  const row = rowOf(
    view,
    (name) => {
      used.add(name);
      return '';
    },
    () => () => '',
  );
  const template = attempt('failed to parse template', () => parseTemplate(format));
  attempt('failed to execute template', () => template.render(row, view.type));
  return used;
}

function attempt<T>(words: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new ExitError(`${words}: ${messageOf(error)}`, 1, { cause: error });
  }
}

/** A whole row as JSON is written by Go's encoder, with its escapes; parts of it are not. */
function renderRow<T>(template: Template, view: View<T>, item: T): string {
  const row = rowOf(
    view,
    (name) => view.fields[name]?.[1](item),
    (name) => (argument) => view.methods?.[name]?.(item, argument),
  );
  const json = (value: unknown) => (value === row ? goJson(value) : JSON.stringify(value));
  return template.render(row, view.type, { json });
}

/** Fields are computed when the template asks for them. */
function rowOf<T>(
  view: View<T>,
  field: (name: string) => unknown,
  method: (name: string) => (argument: string) => unknown,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const name of Object.keys(view.fields).sort()) {
    Object.defineProperty(row, name, { enumerable: true, get: () => field(name) });
  }
  for (const name of Object.keys(view.methods ?? {})) {
    Object.defineProperty(row, name, { enumerable: false, value: method(name) });
  }
  return row;
}

function headings<T>(view: View<T>): Record<string, unknown> {
  const names = Object.entries(view.fields).map(([name, [heading]]) => [name, heading]);
  const methods = Object.keys(view.methods ?? {}).map((name) => [
    name,
    (label: string) => label.split('.').at(-1),
  ]);
  return Object.fromEntries([...names, ...methods]);
}

/** A shell passes `\t` and `\n` as two characters; templates mean the real ones. */
function unescapeFormat(format: string): string {
  return format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}
