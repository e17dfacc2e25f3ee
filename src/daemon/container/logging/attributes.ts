/** What log messages say of their container: its tag, and the labels and variables that were asked for. */
import { invalidArgument } from '../../../core/errors.ts';
import { shortId } from '../../../core/ids.ts';
import type { Container } from '../container.ts';
import type { LogOptions } from './drivers.ts';

export const logOptions = ({ hostConfig }: Container): LogOptions => hostConfig.LogConfig?.Config ?? {};

/** Fields of a tag template, `{{.Name}}/{{.ID}}`. */
const FIELDS: Record<string, (container: Container) => string> = {
  ID: ({ id }) => shortId(id),
  FullID: ({ id }) => id,
  Name: ({ name }) => name,
  ImageName: ({ image }) => image,
  ImageID: ({ imageId }) => shortId(imageId),
  ImageFullID: ({ imageId }) => imageId,
  DaemonName: () => 'docker',
};

/**
 * Throws `invalid-argument`, in the words of Go's text/template, for a field that is none. Of its other actions none is
 * carried out: they are refused.
 */
export function logTag(container: Container, usual = '{{.ID}}'): string {
  const template = logOptions(container).tag || usual;
  return template.replaceAll(/\{\{(.*?)(\}\}|$)/gs, (_, action: string, end: string, at: number) => {
    if (end === '') throw invalidArgument('template: log-tag:1: unclosed action');
    const [, field] = /^\s*\.(\w+)\s*$/.exec(action) ?? [];
    if (field === undefined)
      throw invalidArgument(`template: log-tag: a tag is made of fields alone, not of {{${action}}}`);
    const value = Object.hasOwn(FIELDS, field) && FIELDS[field];
    if (!value) throw invalidArgument(noField(field, template.slice(0, at + 2) + action));
    return value(container);
  });
}

/** Go counts the column from 0, in bytes, at the field's dot. */
function noField(field: string, before: string): string {
  const column = Buffer.byteLength(before.slice(0, before.lastIndexOf('.')));
  return `template: log-tag:1:${column}: executing "log-tag" at <.${field}>: can't evaluate field ${field} in type *logger.Info`;
}

/** The chosen labels and variables, sorted by name; the tag too where one was asked for. */
export function logAttributes(container: Container): Record<string, string> {
  const options = logOptions(container);
  const [labelPattern, variablePattern] = [options['labels-regex'], options['env-regex']].map((pattern) =>
    pattern ? expression(pattern) : undefined,
  );
  const labels = Object.entries(container.config.Labels ?? {});
  const variables = (container.config.Env ?? []).map(splitVariable);
  const chosen = [
    ...labels.filter(([name]) => isChosen(name, options.labels, labelPattern)),
    ...variables.filter(([name]) => isChosen(name, options.env, variablePattern)),
    ...(options.tag ? [['tag', logTag(container)] as const] : []),
  ];
  return Object.fromEntries(chosen.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `docker logs --details`: `a=1,b=2`, escaped as a query string is. */
export function logDetails(container: Container): string {
  return Object.entries(logAttributes(container))
    .map((pair) => pair.map((text) => encodeURIComponent(text).replaceAll('%20', '+')).join('='))
    .join(',');
}

function splitVariable(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}

function isChosen(name: string, names: string | undefined, pattern: RegExp | undefined): boolean {
  return (names?.split(',').includes(name) || pattern?.test(name)) ?? false;
}

/** Longer ones are refused, too: what they would cost is another's to choose. */
function expression(pattern: string): RegExp {
  if (pattern.length > 256) throw invalidArgument('error parsing regexp: longer than 256 letters');
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw invalidArgument(`error parsing regexp: \`${pattern}\``, error);
  }
}
