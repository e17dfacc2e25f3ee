/** A Dockerfile as data: stages of typed instructions. What the parser makes and everything else reads. */
import type { Directives } from './directives.ts';
import type { Place, SourceText } from './fault.ts';
import type { Pair } from './words.ts';

export interface Dockerfile {
  source: SourceText;
  directives: Directives;
  /** ARG before the first FROM: usable in FROM lines, and in stages that declare them again. */
  globalArgs: ArgInstruction[];
  stages: Stage[];
  warnings: string[];
}

export interface Stage {
  index: number;
  /** Lower case; empty if it has none. */
  name: string;
  from: FromInstruction;
  steps: StepInstruction[];
}

interface Written {
  place: Place;
  /** The logical line, as it is shown: `Step 2/5 : RUN make`. */
  code: string;
}

/** Exec form, or shell form still without its shell. */
export interface CommandLine {
  /** Of the shell form: one element, the line. */
  words: string[];
  shellForm: boolean;
}

export interface InlineFile {
  name: string;
  content: string;
  expand: boolean;
}

export interface FromInstruction extends Written {
  kind: 'FROM';
  /** As written, variables and all. */
  image: string;
  /** Lower case; empty if it has none. */
  stageName: string;
  platform?: string;
}

export interface RunInstruction extends Written {
  kind: 'RUN';
  command: CommandLine;
  heredocs: RunHeredoc[];
  /** Values of `--mount`, unparsed: they may hold variables. */
  mounts: string[];
  network: 'default' | 'none' | 'host';
  privileged: boolean;
}

export interface RunHeredoc {
  name: string;
  /** Tabs cut where it asks for it. */
  text: string;
  /** As written: what the shell is handed if it is to read the here-document itself. */
  raw: string;
}

interface CopyLike extends Written {
  sources: string[];
  files: InlineFile[];
  destination: string;
  chown?: string;
  chmod?: string;
  link: boolean;
  exclude: string[];
}

export interface CopyInstruction extends CopyLike {
  kind: 'COPY';
  from?: string;
  parents: boolean;
}

export interface AddInstruction extends CopyLike {
  kind: 'ADD';
  checksum?: string;
  keepGitDirectory: boolean;
  /** Undefined: local archives are unpacked, remote files are not. */
  unpack?: boolean;
}

export interface EnvInstruction extends Written {
  kind: 'ENV';
  pairs: Pair[];
}

export interface LabelInstruction extends Written {
  kind: 'LABEL';
  pairs: Pair[];
  /** From `--label`: nothing in it is expanded. */
  literal?: boolean;
}

export interface ArgInstruction extends Written {
  kind: 'ARG';
  args: { name: string; value?: string }[];
}

export interface CommandInstruction extends Written {
  kind: 'CMD' | 'ENTRYPOINT';
  command: CommandLine;
}

export interface ShellInstruction extends Written {
  kind: 'SHELL';
  shell: string[];
}

export interface HealthcheckInstruction extends Written {
  kind: 'HEALTHCHECK';
  health: Healthcheck;
}

/** As in the image config: durations in nanoseconds, absent if not given. */
export interface Healthcheck {
  Test: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}

/** Instructions that are a keyword and one text. */
export interface TextInstruction extends Written {
  kind: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER' | 'ONBUILD';
  text: string;
}

export interface ListInstruction extends Written {
  kind: 'EXPOSE' | 'VOLUME';
  words: string[];
}

export type StepInstruction =
  | RunInstruction
  | CopyInstruction
  | AddInstruction
  | EnvInstruction
  | LabelInstruction
  | ArgInstruction
  | CommandInstruction
  | ShellInstruction
  | HealthcheckInstruction
  | TextInstruction
  | ListInstruction;

export type Instruction = FromInstruction | StepInstruction;
