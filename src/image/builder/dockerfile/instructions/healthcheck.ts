/** HEALTHCHECK: `NONE`, or `CMD` with its flags. */
import { parseDuration } from '../duration.ts';
import { Fault } from '../fault.ts';
import { type FlagValues, readFlags } from '../flags.ts';
import type { Healthcheck, HealthcheckInstruction } from '../instruction.ts';
import { requireArguments, type Statement, written } from '../statement.ts';
import { parseJsonForm } from '../words.ts';

const MILLISECOND = 1e6;

export function parseHealthcheck(statement: Statement): HealthcheckInstruction {
  requireArguments(statement);
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(statement.rest) ?? [];
  const health = word.toUpperCase() === 'NONE' ? none(statement, rest) : check(statement, word, rest);
  return { kind: 'HEALTHCHECK', ...written(statement), health };
}

function none(statement: Statement, rest: string): Healthcheck {
  readFlags(statement.flags, {});
  if (rest !== '') throw new Fault('HEALTHCHECK NONE takes no arguments', rest);
  return { Test: ['NONE'] };
}

function check(statement: Statement, word: string, rest: string): Healthcheck {
  const flags = readFlags(statement.flags, {
    interval: 'string',
    timeout: 'string',
    'start-period': 'string',
    'start-interval': 'string',
    retries: 'string',
  });
  if (word.toUpperCase() !== 'CMD') {
    throw new Fault(`Unknown type ${JSON.stringify(word.toUpperCase())} in HEALTHCHECK (try CMD)`, word);
  }
  return {
    Test: testCommand(rest),
    Interval: interval(flags, 'interval'),
    Timeout: interval(flags, 'timeout'),
    StartPeriod: interval(flags, 'start-period'),
    StartInterval: interval(flags, 'start-interval'),
    Retries: retries(flags.text('retries')),
  };
}

function testCommand(rest: string): string[] {
  const words = parseJsonForm(rest) ?? (rest === '' ? [] : [rest]);
  if (words.length === 0) throw new Fault('Missing command after HEALTHCHECK CMD', 'CMD');
  return [parseJsonForm(rest) ? 'CMD' : 'CMD-SHELL', ...words];
}

/** Zero means "as the default", like absence. */
function interval(flags: FlagValues, name: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined || text === '') return undefined;
  const duration = parseDuration(text);
  if (duration === 0) return undefined;
  if (duration < MILLISECOND)
    throw new Fault(`Interval ${JSON.stringify(name)} cannot be less than 1ms`, text);
  return duration;
}

function retries(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) {
    throw new Fault(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`, text);
  }
  const count = Number(text);
  if (count < 0) throw new Fault(`--retries cannot be negative (${count})`, text);
  return count === 0 ? undefined : count;
}
