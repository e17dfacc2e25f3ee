/**
 * What an instruction does to the image's config, and how Docker's classic builder words it in the history. Pure:
 * state in, state out. RUN, COPY and ADD change files, not the config, and are not here; WORKDIR does both.
 */
import { constants } from 'node:os';
import { posix } from 'node:path';
import { expandWord, expandWords } from '../dockerfile/expand.ts';
import { Fault } from '../dockerfile/fault.ts';
import type {
  ArgInstruction,
  CommandInstruction,
  CommandLine,
  EnvInstruction,
  HealthcheckInstruction,
  LabelInstruction,
  ListInstruction,
  StepInstruction,
  TextInstruction,
} from '../dockerfile/instruction.ts';
import { declareArg, lookupIn } from '../stages/args.ts';
import { healthcheckWords } from './created-by.ts';
import { plainList, quoteList } from './go-format.ts';
import { exposedPorts } from './ports.ts';
import { environmentOf, type StageState, setVariable, shellOf } from './state.ts';

export interface Change {
  state: StageState;
  /** `ENV a=b`: the instruction as it goes into the history. */
  words: string;
}

export type ConfigInstruction = Exclude<StepInstruction, { kind: 'RUN' | 'COPY' | 'ADD' }>;

/** Throws Fault for a word that cannot be expanded or has no meaning. */
export function changeConfig(state: StageState, instruction: ConfigInstruction, escapeChar: string): Change {
  const expand = wordExpander(state, escapeChar);
  switch (instruction.kind) {
    case 'ENV':
      return changeEnv(state, instruction, expand);
    case 'LABEL':
      return changeLabels(state, instruction, expand);
    case 'ARG':
      return changeArgs(state, instruction, expand);
    case 'CMD':
    case 'ENTRYPOINT':
      return changeCommand(state, instruction);
    case 'SHELL':
      return changed(state, { Shell: instruction.shell }, `SHELL ${plainList(instruction.shell)}`);
    case 'HEALTHCHECK':
      return changeHealthcheck(state, instruction);
    case 'EXPOSE':
      return changePorts(state, instruction, escapeChar);
    case 'VOLUME':
      return changeVolumes(state, instruction, expand);
    default:
      return changeText(state, instruction, expand);
  }
}

/** The expansion that an instruction of this stage sees: the image's variables and the ARGs from before it. */
export function wordExpander(state: StageState, escapeChar: string): (word: string) => string {
  const lookup = lookupIn(state.args, environmentOf(state));
  return (word) => expandWord(word, { lookup, escapeChar });
}

/** Exec form as it is; shell form behind the shell. */
export function commandWords(state: StageState, { words, shellForm }: CommandLine): string[] {
  return shellForm ? [...shellOf(state), ...words] : words;
}

type Expand = (word: string) => string;

function changed(state: StageState, config: StageState['config'], words: string): Change {
  return { state: { ...state, config: { ...state.config, ...config } }, words };
}

function changeEnv(state: StageState, { pairs }: EnvInstruction, expand: Expand): Change {
  const expanded = pairs.map(({ name, value }) => ({ name: expand(name), value: expand(value) }));
  let Env = environmentOf(state);
  for (const { name, value } of expanded) {
    if (name === '') throw new Fault('ENV names can not be blank');
    Env = setVariable(Env, name, value);
  }
  return changed(state, { Env }, `ENV ${pairWords(expanded)}`);
}

function changeLabels(state: StageState, { pairs, literal }: LabelInstruction, expand: Expand): Change {
  const expanded = literal
    ? pairs
    : pairs.map(({ name, value }) => ({ name: expand(name), value: expand(value) }));
  if (expanded.some(({ name }) => name === '')) throw new Fault('LABEL names can not be blank');
  const added = Object.fromEntries(expanded.map(({ name, value }) => [name, value]));
  return changed(state, { Labels: { ...state.config.Labels, ...added } }, `LABEL ${pairWords(expanded)}`);
}

function pairWords(pairs: { name: string; value: string }[]): string {
  return pairs.map(({ name, value }) => `${name}=${value}`).join(' ');
}

function changeArgs(state: StageState, { args }: ArgInstruction, expand: Expand): Change {
  const words: string[] = [];
  let scope = state.args;
  for (const { name: written, value } of args) {
    const name = expand(written);
    const fallback = value === undefined ? undefined : defaultOf(value, scope.given.has(name), expand);
    scope = declareArg(scope, name, fallback);
    words.push(fallback === undefined ? name : `${name}=${fallback}`);
  }
  return { state: { ...state, args: scope }, words: `ARG ${words.join(' ')}` };
}

/** A default that nobody takes is only shown: it need not have a value. */
function defaultOf(written: string, isGiven: boolean, expand: Expand): string {
  try {
    return expand(written);
  } catch (error) {
    if (isGiven && error instanceof Fault) return written;
    throw error;
  }
}

function changeCommand(state: StageState, { kind, command }: CommandInstruction): Change {
  // An ENTRYPOINT without a word takes the inherited one away; a CMD without one is the bare shell.
  const empty = kind === 'ENTRYPOINT' && command.words.length === 0;
  const words = empty ? [] : commandWords(state, command);
  const text = `${kind} ${quoteList(words)}`;
  if (kind === 'CMD') return changed({ ...state, commandSet: true }, { Cmd: words }, text);
  const Cmd = state.commandSet ? state.config.Cmd : undefined;
  return changed(state, { Entrypoint: empty ? undefined : words, Cmd }, text);
}

function changeHealthcheck(state: StageState, { health }: HealthcheckInstruction): Change {
  return changed(state, { Healthcheck: health }, healthcheckWords(health));
}

/** The one instruction in which a variable can become several words. */
function changePorts(state: StageState, { words }: ListInstruction, escapeChar: string): Change {
  const lookup = lookupIn(state.args, environmentOf(state));
  const ports = words.flatMap((word) => expandWords(word, { lookup, escapeChar }));
  const added = ports.flatMap(exposedPorts).map((port): [string, object] => [port, {}]);
  const ExposedPorts = { ...state.config.ExposedPorts, ...Object.fromEntries(added) };
  return changed(state, { ExposedPorts }, `EXPOSE ${ports.join(' ')}`);
}

function changeVolumes(state: StageState, { words }: ListInstruction, expand: Expand): Change {
  const paths = words.map((word) => expand(word).trim());
  if (paths.includes('')) throw new Fault('VOLUME specified can not be an empty string');
  const added = Object.fromEntries(paths.map((path): [string, object] => [path, {}]));
  return changed(state, { Volumes: { ...state.config.Volumes, ...added } }, `VOLUME ${plainList(paths)}`);
}

function changeText(state: StageState, { kind, text }: TextInstruction, expand: Expand): Change {
  switch (kind) {
    case 'WORKDIR': {
      const WorkingDir = workingDirectory(state.config.WorkingDir, expand(text));
      return changed(state, { WorkingDir }, `WORKDIR ${WorkingDir}`);
    }
    case 'USER': {
      const User = expand(text);
      return changed(state, { User }, `USER ${User}`);
    }
    case 'STOPSIGNAL': {
      const StopSignal = checkedSignal(expand(text));
      return changed(state, { StopSignal }, `STOPSIGNAL ${StopSignal}`);
    }
    case 'ONBUILD':
      return changed(state, { OnBuild: [...(state.config.OnBuild ?? []), text] }, `ONBUILD ${text}`);
    case 'MAINTAINER':
      return { state: { ...state, author: text }, words: `MAINTAINER ${text}` };
  }
}

/** A relative path goes on from the one before. */
function workingDirectory(current = '/', wanted: string): string {
  if (wanted === '') throw new Fault('cannot normalize nothing', 'WORKDIR');
  if (wanted.startsWith('/')) return wanted;
  const joined = posix.join('/', current, wanted);
  return joined === '/' ? joined : joined.replace(/\/$/, '');
}

/** signal(7): by name, with or without SIG, real-time ones with an offset; or any number but zero, as Docker has it. */
function checkedSignal(text: string): string {
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  const isKnown =
    Object.hasOwn(constants.signals, name) || /^SIGRT(?:MIN(?:\+\d{1,2})?|MAX(?:-\d{1,2})?)$/.test(name);
  if (!isKnown && !(/^\d+$/.test(text) && Number(text) > 0)) throw new Fault(`invalid signal: ${text}`, text);
  return text;
}
