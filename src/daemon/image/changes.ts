/** `--change`: Dockerfile instructions applied to the config of an image that is committed or imported. */
import { invalidArgument, messageOf } from '../../core/errors.ts';
import { changeConfig } from '../../image/builder/config/change.ts';
import type { StageState } from '../../image/builder/config/state.ts';
import { DockerfileError } from '../../image/builder/dockerfile/fault.ts';
import { readLines, sourceText } from '../../image/builder/dockerfile/lines.ts';
import { parseTrigger } from '../../image/builder/dockerfile/parse.ts';
import type { ImageRunConfig } from '../../image/oci.ts';

const ACCEPTED = new Set([
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const);

/** The changes are the lines of one Dockerfile. Throws `invalid-argument` for an instruction that cannot be, or that needs a container. */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  if (changes.length === 0) return config;
  const text = changes.join('\n');
  checkCommands(text);
  const args = { given: new Map(), global: new Map(), declared: new Map() };
  let state: StageState = { config, args, commandSet: false };
  try {
    for (const instruction of parseTrigger(text)) {
      const { kind } = instruction;
      if (kind === 'RUN' || kind === 'COPY' || kind === 'ADD') throw notAChange(kind);
      state = changeConfig(state, instruction, '\\').state;
    }
  } catch (error) {
    // Of a change nobody needs to be told the line.
    const fault = error instanceof DockerfileError ? error.cause : error;
    throw invalidArgument(messageOf(fault), error);
  }
  return state.config;
}

function checkCommands(text: string): void {
  const { lines } = readLines(sourceText('changes', text));
  if (lines.length === 0) throw invalidArgument('file with no instructions');
  for (const line of lines) {
    const command = line.text.trim().split(/\s/)[0] ?? '';
    if (!(ACCEPTED as Set<string>).has(command.toUpperCase())) throw notAChange(command);
  }
}

function notAChange(command: string) {
  return invalidArgument(`${command.toLowerCase()} is not a valid change command`);
}
