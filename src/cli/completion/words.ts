// The words that may come next on a command line: for the scripts that `skiff completion` prints.

import type { Flags } from '../args/flag.ts';
import { parseFlags } from '../args/parse.ts';
import { findCommand } from '../commands/find.ts';
import { commands, groups } from '../commands/index.ts';
import { readConfig } from '../config.ts';
import { globalFlags, openEngine } from '../global-flags.ts';
import type { World } from '../world.ts';
import { argumentKind } from './arguments.ts';
import { flagKind } from './flag-values.ts';
import { type Asked, type Kind, namesOf } from './names.ts';

/** Stands for "the names of files": the shell knows them better. */
export const files = ':files';

/** `words` are those after `skiff`, the last of them unfinished. */
export async function completionsFor(words: readonly string[], world: World): Promise<string[]> {
  const last = words.at(-1) ?? '';
  const found = await candidates(words.slice(0, -1), last, world);
  const fitting = [...new Set(found)].filter((word) => word === files || word.startsWith(last));
  return fitting.sort();
}

async function candidates(before: readonly string[], last: string, world: World): Promise<string[]> {
  const global = positionIn(globalFlags, before, last, false);
  // Without the flag that waits for its value.
  const complete = global.flag && !global.prefix ? before.slice(0, -1) : before;
  const name = async (kind: Kind | undefined, asked: Partial<Asked> = {}) =>
    kind ? askEngine(kind, { container: '', ...asked }, complete, world) : [];
  if (global.flag) return prefixed(global, await name(flagKind(global.flag, '')));
  const found = findCommand(global.args);
  if (found.kind === 'group') return found.rest.length === 0 ? verbsOf(found.name) : [];
  if (found.kind === 'unknown') return [];
  if (found.kind === 'none') {
    return last.startsWith('-') ? spelled(globalFlags) : [...Object.keys(groups), ...topLevel()];
  }
  const command = await found.load();
  const position = positionIn(command.flags, found.rest, last, command.interspersed ?? true);
  if (position.flag) return prefixed(position, await name(flagKind(position.flag, command.name)));
  if (last.startsWith('-') && position.takesFlags) return spelled(command.flags);
  const container = position.args[0] ?? '';
  const taken = new Set(position.args);
  const names = await name(argumentKind(command, position.args.length), { container });
  return names.filter((each) => !taken.has(each));
}

interface Position {
  /** The words that are neither flags nor their values. */
  readonly args: readonly string[];
  /** The flag whose value is being typed. */
  readonly flag: string | undefined;
  /** What of the last word comes before that value: '--network='. */
  readonly prefix: string;
  readonly takesFlags: boolean;
}

/** Where among flags and arguments the last word stands. */
function positionIn(flags: Flags, before: readonly string[], last: string, interspersed: boolean): Position {
  const args: string[] = [];
  for (let index = 0; index < before.length; index++) {
    const word = before[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      if (interspersed) continue;
      return { args: [...args, ...before.slice(index + 1)], flag: undefined, prefix: '', takesFlags: false };
    }
    const flag = valueFlag(flags, word);
    if (!flag) continue;
    if (index === before.length - 1) return { args, flag, prefix: '', takesFlags: true };
    index++;
  }
  const inline = /^--([^=]+)=/.exec(last);
  const flag = inline?.[1] && Object.hasOwn(flags, inline[1]) ? inline[1] : undefined;
  return { args, flag, prefix: flag ? (inline?.[0] ?? '') : '', takesFlags: true };
}

/** The flag whose value is the next word: `--name`, `-n`, or the last of `-it…n`. */
function valueFlag(flags: Flags, word: string): string | undefined {
  const found = word.startsWith('--')
    ? Object.entries(flags).find(([name]) => word === `--${name}`)
    : Object.entries(flags).find(([, { short }]) => short !== undefined && word.endsWith(short));
  return found && found[1].bare === undefined ? found[0] : undefined;
}

/** With what was typed of the word before the value. */
function prefixed({ prefix }: Position, values: readonly string[]): string[] {
  return values.map((value) => (value === files ? files : prefix + value));
}

/** An engine that cannot be asked has no names; a person who presses a key wants no error. */
async function askEngine(
  kind: Kind,
  asked: Asked,
  before: readonly string[],
  world: World,
): Promise<string[]> {
  try {
    const { values } = parseFlags(globalFlags, before, false);
    const config = readConfig(values.config || undefined, world.env);
    return await namesOf(kind, asked, { engine: openEngine(values, config, world.env), config });
  } catch {
    return [];
  }
}

function spelled(flags: Flags): string[] {
  return [...Object.entries(flags).flatMap(([name, { hidden }]) => (hidden ? [] : [`--${name}`])), '--help'];
}

function verbsOf(group: string): string[] {
  return spellings().flatMap((name) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []));
}

function topLevel(): string[] {
  return [...spellings().filter((name) => !name.includes(' ')), 'help'];
}

function spellings(): string[] {
  return Object.entries(commands).flatMap(([name, { aliases }]) => [name, ...aliases]);
}
