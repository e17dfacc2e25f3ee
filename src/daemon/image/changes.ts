/** `--change`: Dockerfile instructions applied to the config of an image that is committed or imported. */
import { invalidArgument, messageOf } from '../../core/errors.ts';
import { changeConfig } from '../../image/builder/config/change.ts';
import type { StageState } from '../../image/builder/config/state.ts';
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

/** Throws `invalid-argument` for an instruction that cannot be, or that needs a container. */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  const args = { given: new Map(), global: new Map(), declared: new Map() };
  let state: StageState = { config, args, commandSet: false };
  const lines = changes.filter((line) => line.trim() !== '');
  lines.forEach(checkCommand);
  for (const instruction of lines.flatMap(parseTrigger)) {
    const { kind } = instruction;
    if (kind === 'RUN' || kind === 'COPY' || kind === 'ADD') throw notAChange(kind);
    try {
      state = changeConfig(state, instruction, '\\').state;
    } catch (error) {
      throw invalidArgument(messageOf(error), error);
    }
  }
  return state.config;
}

function checkCommand(line: string): void {
  const command = line.trim().split(/\s/)[0] ?? '';
  if (!(ACCEPTED as Set<string>).has(command.toUpperCase())) throw notAChange(command);
}

function notAChange(command: string) {
  return invalidArgument(`${command.toLowerCase()} is not a valid change command`);
}
