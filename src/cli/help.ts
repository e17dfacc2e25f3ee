// What `--help` prints, in the layout of Docker's client.

import { bool, type Flags } from './args/flag.ts';
import { describeFlags } from './args/wrap.ts';
import type { Command } from './command.ts';
import { type Found, findCommand } from './commands/find.ts';
import { commands, commonCommands, groups, unavailable } from './commands/index.ts';
import { ExitError } from './exit.ts';
import { globalFlags } from './global-flags.ts';
import type { World } from './world.ts';

type FoundCommand = Extract<Found, { kind: 'command' }>;

/** How help came to be shown: `help WORDS`, `--help`, or because the words name nothing that could run. */
export type Reason = 'topic' | 'flag' | 'nothing to run';

/** Help for a command, a group or the whole; complains about words that name none of them. */
export async function showHelp(
  found: Found,
  words: readonly string[],
  reason: Reason,
  world: World,
): Promise<number> {
  if (found.kind === 'group') return showGroupHelp(found, reason, world);
  if (found.kind === 'unknown') throw unknownCommand(words, reason);
  if (found.kind === 'none') {
    outputFor(reason, world).write(await programHelp(world));
    return 0;
  }
  if (reason === 'topic' && found.rest.length > 0) throw unknownTopic(found.rest);
  return showCommandHelp(await found.load(), found, world);
}

/** Help that nobody asked for is no output of the command. */
function outputFor(reason: Reason, world: World): World['stdout'] {
  return reason === 'nothing to run' ? world.stderr : world.stdout;
}

export function showCommandHelp(command: Command, found: FoundCommand, world: World): number {
  const usage = `Usage:  skiff ${found.typed} ${command.usage}`.trimEnd();
  const aliases = found.names.map((name) => `skiff ${name}`).join(', ');
  const options = describeFlags(withHelp(command.flags), helpWidth(world));
  world.stdout.write(
    `${[
      usage,
      command.description,
      aliases && `Aliases:\n  ${aliases}`,
      options && `Options:\n${options.trimEnd()}`,
    ]
      .filter(Boolean)
      .join('\n\n')}\n`,
  );
  return 0;
}

/** Said only where -h means something else. */
function withHelp(flags: Flags): Flags {
  const taken = Object.values(flags).some((flag) => flag.short === 'h');
  return taken ? { ...flags, help: bool('Print usage') } : flags;
}

async function showGroupHelp(
  found: Extract<Found, { kind: 'group' }>,
  reason: Reason,
  world: World,
): Promise<number> {
  const [word, ...more] = found.rest;
  if (word === '--help' || word === '-h') {
    // `container --help ls` asks for the same as `container ls --help`.
    const inner = findCommand([found.name, ...more.slice(0, 1)]);
    if (inner.kind === 'command') return showCommandHelp(await inner.load(), inner, world);
    return showGroupHelp({ ...found, rest: [] }, 'flag', world);
  }
  if (word !== undefined) {
    if (reason === 'topic') throw unknownTopic(found.rest);
    if (word.startsWith('-')) throw badGroupFlag(found.name, word);
    throw unknownCommand([found.name, word], reason);
  }
  const rows = await Promise.all(
    verbsOf(found.name).map(async ([verb, name]) => [verb, await summary(name)]),
  );
  outputFor(reason, world).write(
    `Usage:  skiff ${found.name} COMMAND\n\n${groups[found.name]}\n\nCommands:\n${columns(rows)}\n` +
      `Run 'skiff ${found.name} COMMAND --help' for more information on a command.\n`,
  );
  return 0;
}

/** With the full name of each; a command of another group that is found here too is one of them. */
function verbsOf(group: string): (readonly [verb: string, name: string])[] {
  const isOwn = (name: string) => name.startsWith(`${group} `);
  const verbs = Object.entries(commands).flatMap(([name, { aliases }]) => {
    const spelling = isOwn(name) ? name : aliases.find(isOwn);
    return spelling ? [[spelling.slice(group.length + 1), name] as const] : [];
  });
  return verbs.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function programHelp(world: World): Promise<string> {
  const topLevel = Object.entries(commands).flatMap(([name, { aliases }]) =>
    [name, ...aliases]
      .filter((each) => !each.includes(' '))
      .slice(0, 1)
      .map((short) => [short, name] as const),
  );
  const rest = topLevel.filter(([short]) => !commonCommands.includes(short));
  const common = commonCommands.flatMap((wanted) => topLevel.filter(([short]) => short === wanted));
  const describe = async (pairs: readonly (readonly [string, string])[]) =>
    columns(await Promise.all(pairs.map(async ([short, name]) => [short, await summary(name)])));
  return [
    'Usage:  skiff [OPTIONS] COMMAND',
    'A container engine that shows its work',
    `Common Commands:\n${(await describe(common)).trimEnd()}`,
    `Management Commands:\n${columns(Object.entries(groups)).trimEnd()}`,
    `Commands:\n${(await describe(rest.sort())).trimEnd()}`,
    `Global Options:\n${describeFlags(globalFlags as Flags, helpWidth(world)).trimEnd()}`,
    "Run 'skiff COMMAND --help' for more information on a command.\n",
  ].join('\n\n');
}

/** The first line of a command's description. */
async function summary(name: string): Promise<string> {
  const description = (await commands[name]?.load())?.command.description ?? '';
  return description.split(/\.( |$)|\n/m)[0] ?? '';
}

function columns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(11, ...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', text = '']) => `  ${name.padEnd(width)} ${text}\n`).join('');
}

function unknownTopic(words: readonly string[]): ExitError {
  return new ExitError(`unknown help topic: ${words.join(' ')}`);
}

function unknownCommand(words: readonly string[], reason: Reason): ExitError {
  const typed = `skiff ${words.slice(0, 2).join(' ')}`;
  if (reason === 'topic') return unknownTopic(words);
  const [group = ''] = words;
  if (Object.hasOwn(unavailable, group)) {
    return new ExitError(`skiff: '${group}' is not available: ${unavailable[group]}`);
  }
  if (!Object.hasOwn(groups, group)) {
    return new ExitError(`skiff: unknown command: skiff ${group}\n\nRun 'skiff --help' for more information`);
  }
  const usage = `Usage:  skiff ${group}`;
  return new ExitError(
    `skiff: unknown command: ${typed}\n\n${usage}\n\nRun 'skiff ${group} --help' for more information`,
  );
}

function badGroupFlag(group: string, flag: string): ExitError {
  const what = flag.startsWith('--')
    ? `unknown flag: ${flag}`
    : `unknown shorthand flag: '${flag[1]}' in ${flag}`;
  return new ExitError(
    `${what}\n\nUsage:  skiff ${group} COMMAND\n\nRun 'skiff ${group} --help' for more information`,
    125,
  );
}

function helpWidth(world: World): number {
  return (world.stdout.columns ?? 80) - 1;
}
