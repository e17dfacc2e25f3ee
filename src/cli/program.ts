// From the words of the command line to an exit code: global flags, the command, its flags, its run.

import { FlagError, type Parsed, parseFlags } from './args/parse.ts';
import type { Command } from './command.ts';
import { type Found, findCommand } from './commands/find.ts';
import { readConfig } from './config.ts';
import { ExitError, messageOf } from './exit.ts';
import { globalFlags, openEngine } from './global-flags.ts';
import { clientCommit, clientVersion } from './version.ts';
import type { World } from './world.ts';

export async function runProgram(argv: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(argv, world);
  } catch (error) {
    const message = messageOf(error);
    if (message !== '') world.stderr.write(`${message}\n`);
    return error instanceof ExitError ? error.code : 1;
  }
}

async function dispatch(argv: readonly string[], world: World): Promise<number> {
  const global = readFlags(() => parseFlags(globalFlags, argv, false), 'skiff', '[OPTIONS] COMMAND [ARG...]');
  checkLogLevel(global.values['log-level']);
  if (global.values.version && global.args.length === 0) {
    world.stdout.write(`Skiff version ${clientVersion}, build ${clientCommit}\n`);
    return 0;
  }
  const wantsHelp = global.args[0] === 'help';
  const words = wantsHelp ? global.args.slice(1) : global.args;
  if (words[0] === '__complete') return complete(words.slice(1), world);
  const found = findCommand(words);
  if (found.kind === 'command' && !wantsHelp && !global.help) return runCommand(found, global, world);
  const reason = wantsHelp ? 'topic' : global.help ? 'flag' : 'nothing to run';
  return (await import('./help.ts')).showHelp(found, words, reason, world);
}

/** It is taken for the sake of scripts; this client has no log. */
function checkLogLevel(level: string): void {
  if (
    ['panic', 'fatal', 'error', 'warn', 'warning', 'info', 'debug', 'trace'].includes(level.toLowerCase())
  ) {
    return;
  }
  throw new ExitError(`Unable to parse logging level: ${level}`);
}

/** What the completion scripts of the shells call. */
async function complete(words: readonly string[], world: World): Promise<number> {
  const { completionsFor } = await import('./completion/words.ts');
  world.stdout.write((await completionsFor(words, world)).map((word) => `${word}\n`).join(''));
  return 0;
}

async function runCommand(
  found: Extract<Found, { kind: 'command' }>,
  global: Parsed<typeof globalFlags>,
  world: World,
): Promise<number> {
  const command = await found.load();
  const { typed } = found;
  const parse = () => parseFlags(command.flags, found.rest, command.interspersed ?? true);
  const { values: flags, changed, args, help } = readFlags(parse, `skiff ${typed}`, `${command.usage}`);
  if (help) return (await import('./help.ts')).showCommandHelp(command, found, world);
  checkArity(command, typed, args.length);
  const config = readConfig(global.values.config || undefined, world.env);
  const engine = openEngine(global.values, config, world.env);
  return (await command.run({ flags, changed, args, typed, engine, config, world })) ?? 0;
}

function readFlags<P>(parse: () => P, name: string, usage: string): P {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    const text = `${error.message}\n\nUsage:  ${name} ${usage}`.trimEnd();
    throw new ExitError(`${text}\n\nRun '${name} --help' for more information`, 125, { cause: error });
  }
}

function checkArity(command: Command, typed: string, count: number): void {
  const [least, most] = command.args;
  if (count >= least && count <= most) return;
  const name = `skiff ${typed}`;
  const usage = `Usage:  ${name} ${command.usage}`.trimEnd();
  const text = `skiff: '${name}' ${arityRule(least, most)}`;
  throw new ExitError(`${text}\n\n${usage}\n\nRun '${name} --help' for more information`);
}

function arityRule(least: number, most: number): string {
  const counted = (count: number) => `${count} argument${count === 1 ? '' : 's'}`;
  if (most === 0) return 'accepts no arguments';
  if (least === most) return `requires ${counted(least)}`;
  if (most === Number.POSITIVE_INFINITY) return `requires at least ${counted(least)}`;
  if (least === 0) return `requires at most ${counted(most)}`;
  return `requires at least ${least} and at most ${counted(most)}`;
}
