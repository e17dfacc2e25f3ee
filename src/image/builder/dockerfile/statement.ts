/** One logical line cut into keyword, flags and the rest: what the parser of an instruction is given. */
import type { Place } from './fault.ts';
import { Fault } from './fault.ts';
import { readFlags } from './flags.ts';
import type { LogicalLine } from './lines.ts';

export interface Statement {
  /** Upper case. */
  keyword: string;
  /** The keyword as it is written. */
  word: string;
  flags: string[];
  rest: string;
  escapeChar: string;
  line: LogicalLine;
}

/** What every instruction carries. */
export function written(statement: Statement): { place: Place; code: string } {
  const { line, lastLine, text } = statement.line;
  return { place: { line, lastLine }, code: text.trim() };
}

/** For instructions that have none: any flag is unknown. */
export function refuseFlags(statement: Statement): void {
  readFlags(statement.flags, {});
}

export function requireArguments(statement: Statement): void {
  if (statement.rest === '')
    throw new Fault(`${statement.keyword} requires at least one argument`, statement.word);
}
