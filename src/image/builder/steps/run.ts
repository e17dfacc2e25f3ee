/** RUN: a command in a container of its own, whose upper directory becomes the layer. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { EngineError, invalidArgument } from '../../../core/errors.ts';
import { shortId } from '../../../core/ids.ts';
import { commandWords, wordExpander } from '../config/change.ts';
import { runWords } from '../config/created-by.ts';
import { environmentOf } from '../config/state.ts';
import { Fault } from '../dockerfile/fault.ts';
import { parseHeredoc } from '../dockerfile/heredoc.ts';
import type { CommandLine, RunHeredoc, RunInstruction } from '../dockerfile/instruction.ts';
import { type BuildMount, parseMount } from '../dockerfile/mount.ts';
import type { Entitlement, StepMount } from '../request.ts';
import { commandArgs } from '../stages/args.ts';
import type { Tree } from '../tree.ts';
import { prepareMounts } from './run-mounts.ts';
import type { Prepared, StepContext } from './step.ts';
import { findStubs, removeStubs, type Stubs } from './stubs.ts';

interface Command {
  args: string[];
  /** A script of its own that a here-document brings. */
  script?: { name: string; text: string };
}

export async function prepareRun(context: StepContext, instruction: RunInstruction): Promise<Prepared> {
  const { point, build } = context;
  checkAllowed(build.request.allowed, instruction);
  const expand = wordExpander(point.state, build.escapeChar);
  const mounts = instruction.mounts.map((mount) => parseMount(mount, expand));
  const command = commandOf(context, instruction);
  const prepared = await prepareMounts(context, mounts);
  const { network, privileged } = instruction;
  return {
    state: point.state,
    createdBy: runWords(point.state, command.args),
    inputs: [mounts.map(describeMount), prepared.inputs, network, privileged, command.script ?? null],
    hidden: mounts.length > 0 || command.script !== undefined,
    execute: (tree) => execute(context, { instruction, command, open: prepared.open }, tree),
  };
}

function checkAllowed(allowed: readonly Entitlement[], { network, privileged }: RunInstruction): void {
  const needed: Entitlement[] = [];
  if (network === 'host') needed.push('network.host');
  if (privileged) needed.push('security.insecure');
  const missing = needed.find((each) => !allowed.includes(each));
  if (missing) throw new EngineError('forbidden', `${missing} is not allowed`);
}

/** A secret's mount says where it goes, not what it is: its value is no part of the cache's key. */
function describeMount(mount: BuildMount): unknown {
  return mount;
}

/** A here-document alone is the script; with more on the line, the shell is left to read it. */
function commandOf({ point }: StepContext, { command, heredocs }: RunInstruction): Command {
  const [first] = heredocs;
  if (!first)
    return { args: commandWords(point.state, command.words.length === 0 ? ownCommand(point) : command) };
  const [line = ''] = command.words;
  if (!command.shellForm)
    throw new Fault(`parsing produced an invalid run command: ${command.words.join(' ')}`);
  if (!parseHeredoc(line.trim())) return { args: shellWith(point, wholeText(line, heredocs)) };
  if (!first.text.startsWith('#!')) return { args: shellWith(point, first.text) };
  const name = plainName(first.name);
  return { args: [posix.join(SCRIPTS, name)], script: { name, text: first.text } };
}

/** `RUN []` runs what the image would. */
function ownCommand({ state }: StepContext['point']): CommandLine {
  const words = state.config.Cmd ?? [];
  if (words.length === 0) throw invalidArgument('no command specified');
  return { words, shellForm: false };
}

const SCRIPTS = '/dev/pipes';

/** It becomes a file of the host: what the here-document is called may not say where. */
function plainName(name: string): string {
  return /^\w[\w.-]{0,99}$/.test(name) ? name : 'script';
}

function shellWith(point: StepContext['point'], line: string): string[] {
  return commandWords(point.state, { words: [line], shellForm: true });
}

function wholeText(line: string, heredocs: RunHeredoc[]): string {
  return line + heredocs.map(({ raw, name }) => `\n${raw}${name}`).join('');
}

interface Execution {
  instruction: RunInstruction;
  command: Command;
  open: (tree: Tree) => Promise<OpenMounts>;
}

export interface OpenMounts {
  mounts: StepMount[];
  env: string[];
  close(): Promise<void>;
}

async function execute(
  context: StepContext,
  { instruction, command, open }: Execution,
  tree: Tree,
): Promise<void> {
  const { build, output, point } = context;
  const { config } = point.state;
  const env = environmentOf(point.state);
  const args = commandArgs(point.state.args, env).map(([name, value]) => `${name}=${value}`);
  output.send({ stream: ` ---> Running in ${shortId(tree.id)}\n` });
  const opened = await open(tree);
  let stubs: Stubs | undefined;
  try {
    const code = await build.request.runner.run({
      id: tree.id,
      directory: tree.directory,
      rootfs: tree.mounts,
      args: command.args,
      env: [...env, ...args, ...opened.env],
      cwd: config.WorkingDir || '/',
      user: config.User ?? '',
      network: instruction.network,
      privileged: instruction.privileged,
      mounts: [...opened.mounts, ...scriptMount(tree, command)],
      onRoot: (rootfs, places) => {
        stubs = findStubs(rootfs, places);
      },
      onOutput: outputOf(context),
      signal: build.request.signal,
    });
    if (code !== 0) throw failed(command.args, code);
  } finally {
    await opened.close();
  }
  if (stubs) removeStubs(tree.upper, stubs);
  output.send({ stream: `Removing intermediate container ${shortId(tree.id)}\n` });
}

function scriptMount({ directory }: Tree, { script }: Command): StepMount[] {
  if (!script) return [];
  const source = join(directory, 'scripts');
  mkdirSync(source);
  const path = join(source, script.name);
  writeFileSync(path, script.text);
  chmodSync(path, 0o755);
  return [{ kind: 'bind', source, target: SCRIPTS, readonly: true }];
}

/** Text as it comes; a character that two chunks share is held back. What goes to stderr is red, as Docker has it. */
function outputOf({ output }: StepContext) {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  return (stream: 'stdout' | 'stderr', chunk: Uint8Array) => {
    const text = decoders[stream].write(Buffer.from(chunk));
    if (text !== '') output.send({ stream: stream === 'stderr' ? `\u001b[91m${text}\u001b[0m` : text });
  };
}

/** Docker's words; clients read the code from `errorDetail`. */
export class CommandFailed extends EngineError {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super('invalid-argument', message);
    this.exitCode = exitCode;
  }
}

function failed(args: readonly string[], code: number): CommandFailed {
  return new CommandFailed(`The command '${args.join(' ')}' returned a non-zero code: ${code}`, code);
}
