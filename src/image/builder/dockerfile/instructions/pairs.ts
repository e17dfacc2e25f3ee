/** ENV, LABEL and ARG: names and values. */
import { Fault } from '../fault.ts';
import type { ArgInstruction, EnvInstruction, LabelInstruction } from '../instruction.ts';
import { refuseFlags, requireArguments, type Statement, written } from '../statement.ts';
import { splitPairs, splitQuoted } from '../words.ts';

export function parseEnv(statement: Statement): EnvInstruction {
  refuseFlags(statement);
  return {
    kind: 'ENV',
    ...written(statement),
    pairs: splitPairs(statement.rest, 'ENV', statement.escapeChar),
  };
}

export function parseLabel(statement: Statement): LabelInstruction {
  refuseFlags(statement);
  return {
    kind: 'LABEL',
    ...written(statement),
    pairs: splitPairs(statement.rest, 'LABEL', statement.escapeChar),
  };
}

export function parseArg(statement: Statement): ArgInstruction {
  refuseFlags(statement);
  requireArguments(statement);
  const args = splitQuoted(statement.rest, statement.escapeChar).map(parseDeclaration);
  return { kind: 'ARG', ...written(statement), args };
}

function parseDeclaration(word: string): ArgInstruction['args'][number] {
  const equals = word.indexOf('=');
  if (equals === 0) throw new Fault('ARG names can not be blank', word);
  return equals < 0 ? { name: word } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}
