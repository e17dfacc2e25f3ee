/** Parser directives: `# syntax=`, `# escape=`, `# check=`, in the comment lines at the very top and nowhere else. */
import { Fault } from './fault.ts';

export interface Directives {
  /** Backslash or backtick. */
  escapeChar: string;
  /** The frontend image that a BuildKit would fetch; noted, and not needed here. */
  syntax?: string;
  check?: string;
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/;
const KNOWN = ['escape', 'syntax', 'check'];

/** Reads from the top; the first line that is no directive ends them, a plain comment too. Throws with the line. */
export function readDirectives(
  lines: readonly string[],
  fail: (line: number, fault: Fault) => never,
): Directives {
  const directives: Directives = { escapeChar: '\\' };
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const [, name = '', value = ''] = DIRECTIVE.exec(line.trim()) ?? [];
    const key = name.toLowerCase();
    if (!KNOWN.includes(key)) break;
    if (seen.has(key)) fail(index + 1, new Fault(`only one ${key} parser directive can be used`, name));
    seen.add(key);
    if (key === 'escape') directives.escapeChar = escapeToken(value, (fault) => fail(index + 1, fault));
    else if (key === 'syntax') directives.syntax = value;
    else directives.check = value;
  }
  return directives;
}

function escapeToken(value: string, fail: (fault: Fault) => never): string {
  if (value === '\\' || value === '`') return value;
  return fail(new Fault(`invalid escape token '${value}' does not match \` or \\`, value));
}
