// Reads a command line by a table of flags, with the rules (and the words) of the flag library that
// Docker's client uses: long and short spellings, bundled shorts, `--` ends the flags.

import type { Flag, Flags, Values } from './flag.ts';

export interface Parsed<F extends Flags> {
  readonly values: Values<F>;
  /** The flags that were given, by name. */
  readonly changed: ReadonlySet<string>;
  readonly args: readonly string[];
  readonly help: boolean;
}

export class FlagError extends Error {}

/** With `interspersed` false, the first word that is no flag ends the flags (`run`, `exec`). */
export function parseFlags<F extends Flags>(
  flags: F,
  argv: readonly string[],
  interspersed = true,
): Parsed<F> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) values[name] = flag.initial;
  const changed = new Set<string>();
  const args: string[] = [];
  const words = [...argv];
  let help = false;

  const set = (name: string, flag: Flag<unknown>, text: string) => {
    values[name] = take(name, flag, text, values[name]);
    changed.add(name);
  };
  const long = (word: string) => {
    const cut = word.indexOf('=');
    const name = word.slice(2, cut < 0 ? undefined : cut);
    if (name === '' || name.startsWith('-')) throw new FlagError(`bad flag syntax: ${word}`);
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (!flag && name === 'help') help = true;
    else if (!flag) throw new FlagError(`unknown flag: --${name}`);
    else if (cut >= 0) set(name, flag, word.slice(cut + 1));
    else if (flag.bare !== undefined) set(name, flag, flag.bare);
    else set(name, flag, next(words, `flag needs an argument: --${name}`));
  };
  const shorts = (word: string) => {
    for (let rest = word.slice(1); rest !== ''; ) {
      const letter = rest.slice(0, 1);
      const [name, flag] = Object.entries(flags).find(([, flag]) => flag.short === letter) ?? [];
      rest = rest.slice(1);
      if (name === undefined || !flag) {
        if (letter !== 'h') throw new FlagError(`unknown shorthand flag: '${letter}' in ${word}`);
        help = true;
      } else if (flag.bare !== undefined && !rest.startsWith('=')) {
        set(name, flag, flag.bare);
      } else {
        const text = rest === '' ? next(words, `flag needs an argument: '${letter}' in ${word}`) : rest;
        set(name, flag, text.replace(rest === '' ? '' : /^=/, ''));
        rest = '';
      }
    }
  };

  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') {
      args.push(...words.splice(0));
    } else if (word.startsWith('--')) {
      long(word);
    } else if (word.startsWith('-') && word !== '-') {
      shorts(word);
    } else {
      args.push(word);
      if (!interspersed) args.push(...words.splice(0));
    }
  }
  return { values: values as Values<F>, changed, args, help };
}

function next(words: string[], complaint: string): string {
  const word = words.shift();
  if (word === undefined) throw new FlagError(complaint);
  return word;
}

function take(name: string, flag: Flag<unknown>, text: string, previous: unknown): unknown {
  try {
    return flag.take(text, previous);
  } catch (error) {
    const shown = flag.short ? `-${flag.short}, --${name}` : `--${name}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FlagError(`invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${reason}`, {
      cause: error,
    });
  }
}
