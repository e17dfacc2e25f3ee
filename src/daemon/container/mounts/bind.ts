/** The short spelling of mounts, `-v [SOURCE:]TARGET[:OPTIONS]`, as HostConfig.Binds carries it. */
import { invalidArgument, messageOf } from '../../../core/errors.ts';
import { mountFault, PROPAGATIONS, parseTarget } from './target.ts';

export interface Bind {
  /** Absolute host path, or the name of a volume; '' is an anonymous volume. */
  source: string;
  target: string;
  readOnly: boolean;
  /** Copy the image's content into a fresh volume. */
  copy: boolean;
  /** '' if nothing is said of it. */
  propagation: string;
  mode: string;
}

const LABELS = ['z', 'Z'];
const CONSISTENCY = ['consistent', 'cached', 'delegated', 'default'];
const KNOWN = ['ro', 'rw', 'nocopy', ...PROPAGATIONS, ...LABELS, ...CONSISTENCY];

/** Throws `invalid-argument` in Docker's words. */
export function parseBind(text: string): Bind {
  const parts = text.split(':');
  if (parts.length > 3 || parts[0] === '') throw invalidSpecification(text);
  const [source = '', target = '', mode = ''] = parts.length === 1 ? ['', ...parts] : parts;
  const type = source.startsWith('/') ? 'bind' : 'volume';
  const words = parseMode(mode);
  try {
    refuseForeignWords(type, words);
    return { source, target: parseTarget(type, target), ...meaning(words), mode };
  } catch (error) {
    throw invalidArgument(`invalid volume specification: '${text}': ${messageOf(error)}`, error);
  }
}

function parseMode(mode: string): string[] {
  const words = mode === '' ? [] : mode.split(',');
  const wrong = words.some((word) => !KNOWN.includes(word)) || new Set(words).size !== words.length;
  if (wrong || (words.includes('ro') && words.includes('rw'))) throw invalidArgument(`invalid mode: ${mode}`);
  return words;
}

/** What a word means belongs to the options of one type of mount. */
function refuseForeignWords(type: 'bind' | 'volume', words: string[]): void {
  if (type === 'bind' && words.includes('nocopy'))
    throw mountFault(type, 'field VolumeOptions must not be specified');
  if (type === 'volume' && words.some((word) => PROPAGATIONS.includes(word)))
    throw mountFault(type, 'field BindOptions must not be specified');
}

function meaning(words: string[]): Pick<Bind, 'readOnly' | 'copy' | 'propagation'> {
  return {
    readOnly: words.includes('ro'),
    copy: !words.includes('nocopy'),
    propagation: words.find((word) => PROPAGATIONS.includes(word)) ?? '',
  };
}

const invalidSpecification = (text: string) => invalidArgument(`invalid volume specification: '${text}'`);
