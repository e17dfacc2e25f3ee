/** The short spelling of mounts, `-v [SOURCE:]TARGET[:OPTIONS]`, as HostConfig.Binds carries it. */
import { posix } from 'node:path';
import { invalidArgument } from '../../../core/errors.ts';

export interface Bind {
  /** Absolute host path, or the name of a volume; '' is an anonymous volume. */
  source: string;
  target: string;
  readOnly: boolean;
  /** Copy the image's content into a fresh volume. */
  copy: boolean;
  propagation: string;
  mode: string;
}

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];
const LABELS = ['z', 'Z'];
const CONSISTENCY = ['consistent', 'cached', 'delegated'];
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Throws `invalid-argument` in Docker's words. */
export function parseBind(text: string): Bind {
  const parts = text.split(':');
  if (parts.length > 3 || parts.includes('')) throw invalidSpecification(text);
  const [source, target, mode] = parts.length === 1 ? ['', ...parts] : parts;
  if (source === undefined || target === undefined) throw invalidSpecification(text);
  if (source !== '' && !source.startsWith('/')) validateVolumeName(source);
  return { source, target: parseTarget(target, text), ...parseMode(mode ?? '', source.startsWith('/')) };
}

/** An absolute path other than the root, cleaned. */
export function parseTarget(target: string, specification: string): string {
  if (!target.startsWith('/')) {
    throw invalidArgument(
      `invalid volume specification: '${specification}': invalid mount config for type "bind": ` +
        `invalid mount path: '${target}' mount path must be absolute`,
    );
  }
  const clean = posix.normalize(target).replace(/(.)\/$/, '$1');
  if (clean === '/') {
    throw invalidArgument(
      `invalid volume specification: '${specification}': invalid mount config: destination can't be '/'`,
    );
  }
  return clean;
}

function validateVolumeName(name: string): void {
  if (VOLUME_NAME.test(name)) return;
  throw invalidArgument(
    `create ${name}: "${name}" includes invalid characters for a local volume name, only ` +
      '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
  );
}

function parseMode(mode: string, onHost: boolean): Pick<Bind, 'readOnly' | 'copy' | 'propagation' | 'mode'> {
  const words = mode === '' ? [] : mode.split(',');
  const propagation = words.find((word) => PROPAGATIONS.includes(word));
  const known = ['ro', 'rw', 'nocopy', ...PROPAGATIONS, ...LABELS, ...CONSISTENCY];
  const wrong = words.some((word) => !known.includes(word)) || new Set(words).size !== words.length;
  if (wrong || (words.includes('ro') && words.includes('rw')) || (propagation && !onHost)) {
    throw invalidArgument(`invalid mode: ${mode}`);
  }
  return {
    readOnly: words.includes('ro'),
    copy: !words.includes('nocopy'),
    propagation: propagation ?? (onHost ? 'rprivate' : ''),
    mode,
  };
}

const invalidSpecification = (text: string) => invalidArgument(`invalid volume specification: '${text}'`);
