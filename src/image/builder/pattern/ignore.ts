/**
 * .dockerignore: which paths of a context are left out. The last pattern that speaks of a path, or of a directory
 * above it, decides; `!` takes back.
 */
import { posix } from 'node:path';
import { invalidArgument } from '../../../core/errors.ts';
import { globTokens } from './glob.ts';
import { anyChar, matchesWhole, type Token } from './tokens.ts';

export interface IgnoreRules {
  /** Path relative to the context, without a leading slash. */
  ignores(path: string): boolean;
  /** False: nothing below an ignored directory can be taken back, so a walk need not enter it. */
  mayTakeBackBelow(directory: string): boolean;
}

interface Rule {
  takesBack: boolean;
  tokens: Token[];
  /** The pattern up to its first wildcard: cheap proof that it cannot match below a directory. */
  literalPrefix: string;
}

/** Throws `invalid-argument` for a pattern that Docker refuses too. */
export function parseIgnoreFile(text: string): IgnoreRules {
  const rules = readPatterns(text).map(compileRule);
  return {
    ignores: (path) => decide(rules, path),
    mayTakeBackBelow: (directory) =>
      rules.some((rule) => rule.takesBack && overlaps(rule.literalPrefix, `${directory}/`)),
  };
}

/** Trimmed, without comments and blank lines, cleaned as Go's filepath.Clean does, without a leading slash. */
function readPatterns(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => (line.startsWith('!') ? `!${clean(line.slice(1).trim())}` : clean(line)));
}

function clean(pattern: string): string {
  if (pattern === '') return '';
  const cleaned = posix.normalize(pattern).replace(/(.)\/$/, '$1');
  return cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
}

function compileRule(pattern: string): Rule {
  const takesBack = pattern.startsWith('!');
  const body = takesBack ? pattern.slice(1) : pattern;
  if (body === '') throw invalidArgument(`illegal exclusion pattern: ${JSON.stringify(pattern)}`);
  return {
    takesBack,
    tokens: globTokens(body, doubleStar),
    literalPrefix: /^[^*?[\\]*/.exec(body)?.[0] ?? '',
  };
}

/** `**`: any number of directories. */
function doubleStar(chars: readonly string[], at: number): { token: Token; last: number } | undefined {
  if (chars[at] !== '*' || chars[at + 1] !== '*') return undefined;
  if (chars[at + 2] === '/') return { token: { kind: 'directories' }, last: at + 2 };
  return { token: { kind: 'many', matches: anyChar }, last: at + 1 };
}

function decide(rules: readonly Rule[], path: string): boolean {
  const parents = parentsOf(path);
  let ignored = false;
  for (const rule of rules) {
    if (rule.takesBack !== ignored) continue;
    if (matchesWhole(rule.tokens, path) || parents.some((parent) => matchesWhole(rule.tokens, parent))) {
      ignored = !rule.takesBack;
    }
  }
  return ignored;
}

/** `a/b/c` → `a`, `a/b`. */
function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) parents.push(path.slice(0, at));
  return parents;
}

function overlaps(prefix: string, directory: string): boolean {
  return prefix.startsWith(directory) || directory.startsWith(prefix);
}
