/** The command line of skiffd: flags of the option table, as dockerd's are written (`-H x`, `--host=x`, `--debug`). */
import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { invalidArgument, messageOf } from '../../core/errors.ts';
import { FOREIGN_OPTIONS } from './foreign-options.ts';
import { nameOf, OPTIONS, type Option, type Settings, type Value } from './options.ts';

export interface CommandLine {
  settings: Settings;
  help: boolean;
  version: boolean;
  /** Only look whether the configuration can be. */
  validate: boolean;
}

/** Throws `invalid-argument` for what is no flag, and for a value that its option cannot hold. */
export function parseCommandLine(args: string[]): CommandLine {
  const { values, positionals } = parse(args);
  if (positionals.length > 0)
    throw invalidArgument(`"skiffd" accepts no arguments: ${positionals.join(' ')}`);
  const settings: Settings = new Map();
  for (const option of OPTIONS) {
    const given = values[parsedAs(option.flag)];
    if (option.flag !== '' && given !== undefined) settings.set(nameOf(option), read(option, given));
  }
  const isAsked = (name: string) => values[name] === true;
  return { settings, help: isAsked('help'), version: isAsked('version'), validate: isAsked('validate') };
}

export function usage(): string {
  const own = OPTIONS.filter((option) => option.flag !== '' && !FOREIGN_OPTIONS.includes(option));
  const foreign = FOREIGN_OPTIONS.filter((option) => option.flag !== '');
  const lines = [
    ...own.map(usageLine),
    '',
    'Of dockerd, and without effect here:',
    ...foreign.map(usageLine),
  ];
  return `\nUsage:  skiffd [OPTIONS]\n\nThe daemon of skiff, a container engine for Linux.\n\nOptions:\n${lines.join('\n')}\n`;
}

function parse(args: string[]) {
  const options: Record<string, ParseArgsOptionDescriptor> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  };
  for (const { flag, short, kind } of OPTIONS) {
    if (flag === '') continue;
    const type = kind === 'flag' ? 'boolean' : 'string';
    options[parsedAs(flag)] = { type, multiple: isRepeated(kind), ...(short && { short }) };
  }
  try {
    return parseArgs({
      args: args.map(forParseArgs),
      options,
      allowPositionals: true,
      allowNegative: true,
    });
  } catch (error) {
    throw invalidArgument(messageOf(error), error);
  }
}

/** parseArgs reads `--no-x` as the negation of `x`; dockerd has flags whose names begin that way. */
const parsedAs = (flag: string) => flag.replace(/^no-/, 'with-no-');

/** Go's flags may say `--debug=true`, which parseArgs refuses. */
function forParseArgs(arg: string): string {
  const [, flag, truth] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(arg) ?? [];
  const option = OPTIONS.find((known) => known.flag === flag);
  if (!option) return arg;
  const name = parsedAs(option.flag);
  if (option.kind === 'flag' && truth === 'true') return `--${name}`;
  if (option.kind === 'flag' && truth === 'false') return `--no-${name}`;
  return arg.replace(option.flag, name);
}

const isRepeated = (kind: Option['kind']) => kind === 'list' || kind === 'map' || kind === 'json';

function read(option: Option, given: unknown): Value {
  if (option.kind === 'number') return readNumber(option, String(given));
  if (option.kind === 'map') return readMap(option, given as string[]);
  if (option.kind === 'json') return (given as string[]).map(readPairs);
  return given as Value;
}

function readNumber({ flag }: Option, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw invalidArgument(`invalid argument "${text}" for "--${flag}" flag: it is no number`);
}

/** `name=value`, repeated. */
function readMap({ flag }: Option, items: string[]): Record<string, string> {
  return Object.fromEntries(
    items.map((item) => {
      const at = item.indexOf('=');
      if (at < 1) throw invalidArgument(`invalid argument "${item}" for "--${flag}" flag: want name=value`);
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}

/** `base=10.0.0.0/8,size=24` → one object. */
function readPairs(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=', 2)));
}

function usageLine(option: Option): string {
  const short = option.short ? `-${option.short}, ` : '    ';
  const value = option.kind === 'flag' ? '' : ` ${option.kind === 'json' ? 'options' : option.kind}`;
  return `  ${short}${`--${option.flag}${value}`.padEnd(34)} ${option.about}`;
}
