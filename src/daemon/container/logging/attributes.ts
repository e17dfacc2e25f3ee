/** What log messages say of their container: its tag, and the labels and variables that were asked for. */
import { hostname } from 'node:os';
import { invalidArgument, messageOf } from '../../../core/errors.ts';
import { shortId } from '../../../core/ids.ts';
import { parseTemplate } from '../../../template/template.ts';
import type { Container } from '../container.ts';
import { commandLine } from '../spec/process.ts';
import type { LogOptions } from './drivers.ts';

export const logOptions = ({ hostConfig }: Container): LogOptions => hostConfig.LogConfig?.Config ?? {};

/** Throws `invalid-argument`, in the words of Go's text/template, for a template that is none. */
export function logTag(container: Container, usual = '{{.ID}}'): string {
  const template = logOptions(container).tag || usual;
  try {
    return parseTemplate(template, 'log-tag').render(logInfo(container), '*logger.Info', { json });
  } catch (error) {
    throw invalidArgument(messageOf(error), error);
  }
}

/** What a tag may name: moby, daemon/logger/loginfo.go. */
function logInfo(container: Container) {
  const { id, name, image, imageId, config } = container;
  const [entrypoint = '', ...args] = commandLine(config);
  return {
    Config: logOptions(container),
    ContainerID: id,
    ContainerName: `/${name}`,
    ContainerEntrypoint: entrypoint,
    ContainerArgs: args,
    ContainerImageID: imageId,
    ContainerImageName: image,
    ContainerCreated: goTime(container.created),
    ContainerEnv: config.Env ?? [],
    ContainerLabels: config.Labels ?? {},
    DaemonName: 'docker',
    Hostname: hostname(),
    Command: [entrypoint, ...args].join(' '),
    ID: shortId(id),
    FullID: id,
    Name: name,
    // As dockerd has it: of the digest with the name of its algorithm.
    ImageID: imageId.slice(0, SHORT),
    ImageFullID: imageId,
    ImageName: image,
    ExtraAttributes: () => chosenAttributes(container),
  };
}

const SHORT = 12;

const json = (value: unknown) => JSON.stringify(value ?? null);

/** Go's time.Time as text. */
const goTime = (time: string) => time.replace('T', ' ').replace('Z', ' +0000 UTC');

/** The chosen labels and variables, sorted by name; the tag too where one was asked for. */
export function logAttributes(container: Container): Record<string, string> {
  const tag = logOptions(container).tag ? logTag(container) : '';
  return sorted({ ...chosenAttributes(container), ...(tag ? { tag } : {}) });
}

function chosenAttributes(container: Container): Record<string, string> {
  const options = logOptions(container);
  const [labelPattern, variablePattern] = [options['labels-regex'], options['env-regex']].map((pattern) =>
    pattern ? expression(pattern) : undefined,
  );
  const labels = Object.entries(container.config.Labels ?? {});
  const variables = (container.config.Env ?? []).map(splitVariable);
  const chosen = [
    ...labels.filter(([name]) => isChosen(name, options.labels, labelPattern)),
    ...variables.filter(([name]) => isChosen(name, options.env, variablePattern)),
  ];
  return Object.fromEntries(chosen);
}

const sorted = (attributes: Record<string, string>) =>
  Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));

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
