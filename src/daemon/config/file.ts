/** daemon.json: dockerd's keys, one JSON object. What no option knows is refused, so that a slip is not overlooked. */
import { readFileSync } from 'node:fs';
import { errnoOf, invalidArgument, messageOf } from '../../core/errors.ts';
import { OPTIONS, type OptionKind, type Settings, type Value } from './options.ts';

/** A missing file is no settings, unless it was asked for by name (`required`). */
export function readConfigFile(path: string, required: boolean): Settings {
  const text = readText(path, required);
  if (text === undefined || text.trim() === '') return new Map();
  return settingsOf(path, parseObject(path, text));
}

function readText(path: string, required: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!required && errnoOf(error) === 'ENOENT') return undefined;
    throw refusal(path, messageOf(error), error);
  }
}

function parseObject(path: string, text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refusal(path, messageOf(error), error);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw refusal(path, 'it holds no JSON object');
  return parsed as Record<string, unknown>;
}

function settingsOf(path: string, document: Record<string, unknown>): Settings {
  const settings: Settings = new Map();
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(document)) {
    const option = OPTIONS.find((known) => known.key === key && key !== '');
    if (option) settings.set(key, checked(path, key, option.kind, value));
    else unknown.push(key);
  }
  if (unknown.length > 0)
    throw refusal(
      path,
      `the following directives don't match any configuration option: ${unknown.join(', ')}`,
    );
  return settings;
}

const WORDS: Record<OptionKind, string> = {
  text: 'a string',
  flag: 'true or false',
  number: 'a number',
  list: 'a list of strings',
  map: 'an object',
  json: 'a list',
};

const HOLDS: Record<OptionKind, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  flag: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  list: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  map: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  json: Array.isArray,
};

function checked(path: string, key: string, kind: OptionKind, value: unknown): Value {
  if (HOLDS[kind](value)) return value as Value;
  throw refusal(path, `${key} must be ${WORDS[kind]}`);
}

function refusal(path: string, words: string, cause?: unknown): Error {
  return invalidArgument(`unable to configure the daemon with file ${path}: ${words}`, cause);
}
