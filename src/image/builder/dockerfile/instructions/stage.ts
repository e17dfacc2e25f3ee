/** FROM, which begins a stage, and ONBUILD, which leaves work for the stages built on this one. */
import { Fault } from '../fault.ts';
import { readFlags } from '../flags.ts';
import type { FromInstruction, TextInstruction } from '../instruction.ts';
import { refuseFlags, requireArguments, type Statement, written } from '../statement.ts';

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

export function parseFrom(statement: Statement): FromInstruction {
  const words = statement.rest.split(/\s+/).filter((word) => word !== '');
  const [image, as, name] = words;
  const named = words.length === 3 && as?.toLowerCase() === 'as';
  if (image === undefined || (words.length !== 1 && !named)) {
    throw new Fault('FROM requires either one or three arguments', as ?? statement.word);
  }
  const platform = readFlags(statement.flags, { platform: 'string' }).text('platform');
  return { kind: 'FROM', ...written(statement), image, stageName: stageName(name), platform };
}

function stageName(name: string | undefined): string {
  if (name === undefined) return '';
  if (STAGE_NAME.test(name.toLowerCase())) return name.toLowerCase();
  const shown = JSON.stringify(name);
  const rule = "name can't start with a number or contain symbols";
  throw new Fault(`invalid name for build stage: ${shown}, ${rule}`, name);
}

export function parseOnbuild(statement: Statement): TextInstruction {
  refuseFlags(statement);
  requireArguments(statement);
  const trigger = statement.rest.split(/\s/)[0]?.toUpperCase() ?? '';
  if (trigger === 'ONBUILD')
    throw new Fault("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", 'ONBUILD');
  if (trigger === 'FROM' || trigger === 'MAINTAINER') {
    throw new Fault(`${trigger} isn't allowed as an ONBUILD trigger`, trigger);
  }
  const heredocs = statement.line.heredocs.map(({ content, name }) => `\n${content}${name}`);
  return { kind: 'ONBUILD', ...written(statement), text: statement.rest + heredocs.join('') };
}
