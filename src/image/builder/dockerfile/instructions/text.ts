/** Instructions that are a keyword and a text or a few words. */
import { Fault } from '../fault.ts';
import type { ListInstruction, TextInstruction } from '../instruction.ts';
import { refuseFlags, requireArguments, type Statement, written } from '../statement.ts';
import { parseJsonForm } from '../words.ts';

export function parseText(statement: Statement): TextInstruction {
  refuseFlags(statement);
  const kind = statement.keyword as TextInstruction['kind'];
  if (statement.rest === '') throw new Fault(`${kind} requires exactly one argument`, statement.word);
  return { kind, ...written(statement), text: statement.rest };
}

export function parseExpose(statement: Statement): ListInstruction {
  refuseFlags(statement);
  requireArguments(statement);
  return { kind: 'EXPOSE', ...written(statement), words: statement.rest.split(/\s+/).sort() };
}

export function parseVolume(statement: Statement): ListInstruction {
  refuseFlags(statement);
  requireArguments(statement);
  const words = parseJsonForm(statement.rest) ?? statement.rest.split(/\s+/);
  if (words.length === 0) throw new Fault('VOLUME requires at least one argument', statement.word);
  if (words.some((word) => word.trim() === ''))
    throw new Fault('VOLUME specified can not be an empty string', '""');
  return { kind: 'VOLUME', ...written(statement), words };
}
