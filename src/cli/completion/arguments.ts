// What a command takes as its arguments, read off its usage line: 'CONTAINER [CONTAINER...]'.

import type { Command } from '../command.ts';
import type { Kind } from './names.ts';

/** Commands that fit only containers in some states. */
const states: Readonly<Record<string, Kind>> = {
  'container attach': 'running container',
  'container exec': 'running container',
  'container exec-kill': 'running container',
  'container execs': 'running container',
  'container kill': 'running container',
  'container pause': 'running container',
  'container start': 'resting container',
  'container stats': 'running container',
  'container stop': 'running container',
  'container top': 'running container',
  'container unpause': 'paused container',
};

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/CONTAINER:/, 'path in container'],
  [/CONTAINER/, 'container'],
  [/IMAGE|REPOSITORY/, 'image'],
  [/NETWORK/, 'network'],
  [/VOLUME/, 'volume'],
  [/CONTEXT/, 'context'],
  [/EXEC/, 'exec'],
  [/NAME\|ID/, 'object'],
  [/^(FILE|PATH|file)\b/, 'file'],
  [/^bash/, 'shell'],
];

/** What stands at a place among the arguments; nothing where any text may. */
export function argumentKind({ name, usage }: Command, index: number): Kind | undefined {
  const words = (usage.split('\n')[0] ?? '')
    .replace('[OPTIONS]', '')
    .split(' ')
    .filter((word) => word !== '' && word !== '|' && !/^(URL|-)$/.test(word))
    .map((word) => word.replace(/^\[(?=[^\]]*\]?$)/, ''));
  const word = words[index] ?? (words.at(-1)?.includes('...') ? words.at(-1) : undefined);
  const kind = kinds.find(([pattern]) => word !== undefined && pattern.test(word))?.[1];
  return kind === 'container' ? (states[name] ?? kind) : kind;
}
