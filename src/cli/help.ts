// What `--help` prints, in the layout of Docker's client.

import type { Flags } from './args/flag.ts';
import { describeFlags } from './args/wrap.ts';
import type { Command } from './command.ts';
import type { Found } from './commands/find.ts';
import { commands, commonCommands, groups, unavailable } from './commands/index.ts';
import { ExitError } from './exit.ts';
import { globalFlags } from './global-flags.ts';
import type { World } from './world.ts';

type FoundCommand = Extract<Found, { kind: 'command' }>;

/** Help for a command, a group or the whole; complains about words that name none of them. */
export async function showHelp(
  found: Found,
  words: readonly string[],
  asTopic: boolean,
  world: World,
): Promise<number> {
  if (found.kind === 'command') return showCommandHelp(await found.load(), found, world);
  if (found.kind === 'none') world.stdout.write(await programHelp(world));
  else if (found.kind === 'unknown') throw unknownCommand(words, asTopic);
  else return showGroupHelp(found, asTopic, world);
  return 0;
}

export function showCommandHelp(command: Command, found: FoundCommand, world: World): number {
  const usage = `Usage:  skiff ${found.typed} ${command.usage}`.trimEnd();
  const aliases = found.names.map((name) => `skiff ${name}`).join(', ');
  const options = describeFlags(command.flags, helpWidth(world));
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

async function showGroupHelp(
  found: Extract<Found, { kind: 'group' }>,
  asTopic: boolean,
  world: World,
): Promise<number> {
  const [word] = found.rest;
  if (word !== undefined && word !== '--help' && word !== '-h') {
    if (word.startsWith('-')) throw badGroupFlag(found.name, word);
    throw unknownCommand([found.name, word], asTopic);
  }
  const verbs = Object.keys(commands).filter((name) => name.startsWith(`${found.name} `));
  const rows = await Promise.all(
    verbs.map(async (name) => [name.slice(found.name.length + 1), await summary(name)]),
  );
  world.stdout.write(
    `Usage:  skiff ${found.name} COMMAND\n\n${groups[found.name]}\n\nCommands:\n${columns(rows)}\n` +
      `Run 'skiff ${found.name} COMMAND --help' for more information on a command.\n`,
  );
  return 0;
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
  return description.split('\n')[0]?.replace(/\.$/, '') ?? '';
}

function columns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(11, ...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', text = '']) => `  ${name.padEnd(width)} ${text}\n`).join('');
}

function unknownCommand(words: readonly string[], asTopic: boolean): ExitError {
  const typed = `skiff ${words.slice(0, 2).join(' ')}`;
  if (asTopic) return new ExitError(`unknown help topic: ${words.join(' ')}`);
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
