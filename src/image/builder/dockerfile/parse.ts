/** Dockerfile text → stages of typed instructions. Pure; the first thing a build does. */
import { invalidArgument } from '../../../core/errors.ts';
import { DockerfileError, Fault, type SourceText, suggest } from './fault.ts';
import type { Dockerfile, Instruction, StepInstruction } from './instruction.ts';
import { parseAdd, parseCopy } from './instructions/copy.ts';
import { parseHealthcheck } from './instructions/healthcheck.ts';
import { parseArg, parseEnv, parseLabel } from './instructions/pairs.ts';
import { parseCmd, parseEntrypoint, parseRun, parseShell } from './instructions/run.ts';
import { parseFrom, parseOnbuild } from './instructions/stage.ts';
import { parseExpose, parseText, parseVolume } from './instructions/text.ts';
import { type LogicalLine, readLines, sourceText } from './lines.ts';
import type { Statement } from './statement.ts';
import { takeFlags } from './words.ts';

/** Each is a step, and its words stand in the history. */
const INSTRUCTIONS_MAX = 5_000;

/** `name` is how errors call the file. Throws DockerfileError. */
export function parseDockerfile(text: string, name = 'Dockerfile'): Dockerfile {
  const source = sourceText(name, text);
  const { directives, lines, warnings } = readLines(source);
  if (text === '') throw invalidArgument(`the Dockerfile (${name}) cannot be empty`);
  if (lines.length === 0) throw invalidArgument(`failed to parse ${name}: file with no instructions`);
  if (lines.length > INSTRUCTIONS_MAX) {
    throw invalidArgument(`failed to parse ${name}: more than ${INSTRUCTIONS_MAX} instructions`);
  }
  const dockerfile: Dockerfile = { source, directives, globalArgs: [], stages: [], warnings };
  for (const line of lines) {
    const instruction = parseLine(source, line, directives.escapeChar);
    addInstruction(dockerfile, instruction);
  }
  return dockerfile;
}

/** The instructions of an ONBUILD trigger of a base image; errors show the trigger. Throws DockerfileError. */
export function parseTrigger(trigger: string): StepInstruction[] {
  const source = sourceText('ONBUILD', trigger);
  const { directives, lines } = readLines(source);
  return lines.map((line) => {
    const instruction = parseLine(source, line, directives.escapeChar);
    if (instruction.kind !== 'FROM') return instruction;
    throw new DockerfileError(source, line, new Fault("FROM isn't allowed as an ONBUILD trigger", 'FROM'));
  });
}

const PARSERS: Record<string, (statement: Statement) => Instruction> = {
  FROM: parseFrom,
  RUN: parseRun,
  CMD: parseCmd,
  ENTRYPOINT: parseEntrypoint,
  SHELL: parseShell,
  COPY: parseCopy,
  ADD: parseAdd,
  ENV: parseEnv,
  LABEL: parseLabel,
  ARG: parseArg,
  HEALTHCHECK: parseHealthcheck,
  EXPOSE: parseExpose,
  VOLUME: parseVolume,
  ONBUILD: parseOnbuild,
  WORKDIR: parseText,
  USER: parseText,
  STOPSIGNAL: parseText,
  MAINTAINER: parseText,
};

function addInstruction(dockerfile: Dockerfile, instruction: Instruction): void {
  const { stages, globalArgs, source } = dockerfile;
  const stage = stages.at(-1);
  if (instruction.kind === 'FROM') {
    stages.push({ index: stages.length, name: instruction.stageName, from: instruction, steps: [] });
  } else if (stage) stage.steps.push(instruction);
  else if (instruction.kind === 'ARG') globalArgs.push(instruction);
  else throw new DockerfileError(source, instruction.place, noStage(instruction.code));
}

function noStage(code: string): Fault {
  return new Fault('no build stage in current context', code.split(/\s/)[0]);
}

function parseLine(source: SourceText, line: LogicalLine, escapeChar: string): Instruction {
  try {
    const statement = readStatement(line, escapeChar);
    const parser = Object.hasOwn(PARSERS, statement.keyword) ? PARSERS[statement.keyword] : undefined;
    if (parser) return parser(statement);
    const hint = suggest(statement.keyword, Object.keys(PARSERS));
    throw new Fault(`unknown instruction: ${statement.word}${hint}`, statement.word);
  } catch (error) {
    throw new DockerfileError(source, line, error);
  }
}

function readStatement(line: LogicalLine, escapeChar: string): Statement {
  const [, word = '', arguments_ = ''] = /^\s*(\S+)\s*(.*)$/s.exec(line.text) ?? [];
  const { flags, rest } = takeFlags(arguments_, escapeChar);
  return { keyword: word.toUpperCase(), word, flags, rest: rest.trim(), escapeChar, line };
}
