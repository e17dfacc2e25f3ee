/** RUN, CMD, ENTRYPOINT and SHELL: command lines, in exec form (a JSON array) or shell form. */
import { Fault, suggest } from '../fault.ts';
import { readFlags } from '../flags.ts';
import { textOf } from '../heredoc.ts';
import type { CommandInstruction, CommandLine, RunInstruction, ShellInstruction } from '../instruction.ts';
import { parseMount } from '../mount.ts';
import { refuseFlags, requireArguments, type Statement, written } from '../statement.ts';
import { parseJsonForm } from '../words.ts';

const NETWORKS = ['default', 'none', 'host'] as const;

export function parseRun(statement: Statement): RunInstruction {
  const flags = readFlags(statement.flags, { mount: 'list', network: 'string', security: 'string' });
  requireArguments(statement);
  const mounts = flags.list('mount');
  for (const mount of mounts) parseMount(mount);
  return {
    kind: 'RUN',
    ...written(statement),
    command: commandLine(statement),
    heredocs: statement.line.heredocs.map((heredoc) => ({
      name: heredoc.name,
      text: textOf(heredoc),
      raw: heredoc.content,
    })),
    mounts,
    network: networkOf(flags.text('network')),
    privileged: isInsecure(flags.text('security')),
  };
}

export function parseCmd(statement: Statement): CommandInstruction {
  refuseFlags(statement);
  return { kind: 'CMD', ...written(statement), command: commandLine(statement) };
}

export function parseEntrypoint(statement: Statement): CommandInstruction {
  refuseFlags(statement);
  return { kind: 'ENTRYPOINT', ...written(statement), command: commandLine(statement) };
}

export function parseShell(statement: Statement): ShellInstruction {
  refuseFlags(statement);
  requireArguments(statement);
  const shell = parseJsonForm(statement.rest);
  if (!shell) throw new Fault('SHELL requires the arguments to be in JSON form', statement.rest);
  if (shell.length === 0) throw new Fault('SHELL requires at least one argument', statement.rest);
  return { kind: 'SHELL', ...written(statement), shell };
}

function commandLine(statement: Statement): CommandLine {
  const words = parseJsonForm(statement.rest);
  if (words) return { words, shellForm: false };
  return { words: statement.rest === '' ? [] : [statement.rest], shellForm: true };
}

function networkOf(value = 'default'): RunInstruction['network'] {
  const network = NETWORKS.find((known) => known === value);
  if (network) return network;
  throw new Fault(`unsupported network mode ${JSON.stringify(value)}${suggest(value, NETWORKS)}`, value);
}

function isInsecure(value = 'sandbox'): boolean {
  if (value === 'sandbox' || value === 'insecure') return value === 'insecure';
  throw new Fault(`security ${JSON.stringify(value)} is not valid`, value);
}
