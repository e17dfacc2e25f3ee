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

/** Throws `invalid-argument` for a field that is none. */
export function logTag(container: Container, usual = '{{.ID}}'): string {
  return (logOptions(container).tag || usual).replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (_, field: string) => {
    const value = FIELDS[field];
    if (!value) throw invalidArgument(`failed to expand log tag: no field ${field}`);
    return value(container);
  });
}

/** The chosen labels and variables, sorted by name; the tag too where one was asked for. */
export function logAttributes(container: Container): Record<string, string> {
  const options = logOptions(container);
  const labels = Object.entries(container.config.Labels ?? {});
  const variables = (container.config.Env ?? []).map(splitVariable);
  const chosen = [
    ...labels.filter(([name]) => isChosen(name, options.labels, options['labels-regex'])),
    ...variables.filter(([name]) => isChosen(name, options.env, options['env-regex'])),
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

function isChosen(name: string, names: string | undefined, pattern: string | undefined): boolean {
  if (names?.split(',').includes(name)) return true;
  if (!pattern || pattern.length > 256) return false;
  try {
    return new RegExp(pattern).test(name);
  } catch (error) {
    throw invalidArgument(`invalid regular expression in log options: ${pattern}`, error);
  }
}
