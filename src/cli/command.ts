// What a command is: names, help text, a table of flags and a function. One file under commands/ each.

import type { Flags, Values } from './args/flag.ts';
import type { Config } from './config.ts';
import type { Engine } from './connection/engine.ts';
import type { World } from './world.ts';

export interface Command<F extends Flags = Flags> {
  /** The full name, 'container ls'. */
  readonly name: string;
  /** What follows the name in the usage line, '[OPTIONS] CONTAINER'. */
  readonly usage: string;
  readonly description: string;
  readonly flags: F;
  /** How many arguments: the least and the most. */
  readonly args: readonly [number, number];
  /** False where words after the first argument belong to the container's command. */
  readonly interspersed?: boolean;
  /** Answers the exit code; nothing means 0. */
  run(call: Call<F>): Promise<number | undefined>;
}

/** One invocation of a command. */
export interface Call<F extends Flags = Flags> {
  readonly flags: Values<F>;
  /** Names of the flags that were given. */
  readonly changed: ReadonlySet<string>;
  readonly args: readonly string[];
  /** The command as it was typed, without the program: 'ps'. */
  readonly typed: string;
  readonly engine: Engine;
  readonly config: Config;
  readonly world: World;
}

/** Gives a command literal the type that its own flags imply. */
export function defineCommand<F extends Flags>(command: Command<F>): Command<F> {
  return command;
}

export const any = Number.POSITIVE_INFINITY;
