// Files of variables and labels that flags name, and `KEY` that takes its value from the environment.

import { readFileSync } from 'node:fs';
import { messageOf } from '../exit.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `KEY=value` lines for the container. A bare KEY takes the value that it has here; without one, a file's line is
 * left out, while on the command line it tells the engine to take the image's variable away.
 */
export function environmentOf(files: readonly string[], given: readonly string[], env: Env): string[] {
  const known = (line: string) => line.includes('=') || env[line] !== undefined;
  const filled = (line: string) =>
    line.includes('=') || env[line] === undefined ? line : `${line}=${env[line]}`;
  return [...files.flatMap(readVariables).filter(known), ...given].map(filled);
}

export function labelsOf(files: readonly string[], given: readonly string[]): Record<string, string> {
  const lines = [...files.flatMap(readVariables), ...given];
  return Object.fromEntries(lines.map(splitPair).sort(([a], [b]) => (a < b ? -1 : Number(a > b))));
}

/** `key=value`; without `=` the value is empty. */
export function splitPair(text: string): [string, string] {
  const cut = text.indexOf('=');
  return cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)];
}

/** Lines of a file without comments and empty ones. */
function readVariables(path: string): string[] {
  const text = readText(path);
  try {
    return variablesIn(text);
  } catch (error) {
    throw new Error(`invalid env file (${path}): ${messageOf(error)}`, { cause: error });
  }
}

function variablesIn(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name] = splitPair(line);
      if (/\s/.test(name)) throw new Error(`variable '${name}' contains whitespaces`);
      if (name === '') throw new Error(`no variable name on line '${line}'`);
      return line;
    });
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT' ? 'no such file or directory' : code === 'EISDIR' ? 'is a directory' : String(code);
    throw new Error(`open ${path}: ${reason}`, { cause: error });
  }
}
