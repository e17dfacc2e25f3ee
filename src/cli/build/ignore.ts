// `.dockerignore`: which files of a folder are not sent to the engine. The last rule that matches decides.

import { ExitError } from '../exit.ts';

export interface IgnoreRules {
  /** `path` is relative to the context, with `/`. */
  ignores(path: string): boolean;
  /** An ignored folder must still be looked into when a later rule may bring back what is in it. */
  mayKeepInside(path: string): boolean;
}

interface Rule {
  readonly keep: boolean;
  readonly matches: RegExp;
  readonly pattern: string;
}

export function parseIgnore(text: string): IgnoreRules {
  const rules = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .flatMap(parseRule);
  const exceptions = rules.filter((rule) => rule.keep);
  return {
    ignores(path) {
      let ignored = false;
      const parts = path.split('/');
      const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
      for (const rule of rules) {
        if (rule.keep === ignored && prefixes.some((prefix) => rule.matches.test(prefix)))
          ignored = !rule.keep;
      }
      return ignored;
    },
    mayKeepInside(path) {
      return exceptions.some(({ pattern }) => couldLieBelow(pattern, path));
    },
  };
}

/** As filepath.Match of Go has it: a class is closed and not empty, and what begins a range ends it. */
const sound = /^(?:[^[\\]|\\.|\[\^?(?:(?:[^\]\\-]|\\.)(?:-(?:[^\]\\-]|\\.))?)+\])*$/s;

function checkPattern(pattern: string): void {
  if (pattern === '!') throw new ExitError('error checking context: illegal exclusion pattern: "!"');
  if (!sound.test(pattern))
    throw new ExitError(`error checking context: syntax error in pattern: ${JSON.stringify(pattern)}`);
}

function parseRule(line: string): Rule[] {
  if (line.startsWith('#')) return [];
  const text = line.trim();
  if (text === '') return [];
  checkPattern(text);
  const keep = text.startsWith('!');
  const pattern = cleanPath(text.slice(keep ? 1 : 0).trim());
  if (pattern === '' || pattern === '.') return [];
  return [{ keep, pattern, matches: patternToRegExp(pattern) }];
}

/** `./a//b/../c/` is `a/c`; what leads out of the context keeps its `..`, and names nothing. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && (parts.length === 0 || parts.at(-1) === '..')) {
      if (!path.startsWith('/')) parts.push(part);
    } else if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** `*` and `?` stop at a slash, `**` does not, `[a-z]` is a class, `\` takes the meaning away. */
export function patternToRegExp(pattern: string): RegExp {
  let source = '';
  for (let rest = pattern; rest !== ''; ) {
    const [token = ''] = /^(?:\*\*\/?|\*|\?|\[(?:\\.|[^\]\\])+\]|\\.|.)/su.exec(rest) ?? [];
    source += translate(token);
    rest = rest.slice(token.length);
  }
  return new RegExp(`^${source}$`, 'su');
}

function translate(token: string): string {
  if (token === '**/') return '(?:.*/)?';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (token.length > 1 && token.startsWith('['))
    return token.replace(/^\[!/, '[^').replaceAll('[', '\\[').replace('\\[', '[');
  const sign = token.startsWith('\\') ? token.slice(1) : token;
  return sign.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Compared part by part; from a `**` on, anything may lie below. */
function couldLieBelow(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  for (const [index, part] of path.split('/').entries()) {
    const here = wanted[index];
    if (here === undefined) return false;
    if (here.includes('**')) return true;
    if (!patternToRegExp(here).test(part)) return false;
  }
  return true;
}
