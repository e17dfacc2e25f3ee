// Which of the container's streams the client holds on to.

import type { Values } from '../args/flag.ts';
import type { createFlags } from './flags.ts';

export type StreamName = 'stdin' | 'stdout' | 'stderr';

export interface Attachment {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export function parseStream(text: string): StreamName {
  const name = text.toLowerCase();
  if (name === 'stdin' || name === 'stdout' || name === 'stderr') return name;
  throw new Error('valid streams are STDIN, STDOUT and STDERR');
}

/** Without `-a`, output is attached, and input with `-i`. */
export function attachmentOf(flags: Pick<Values<typeof createFlags>, 'attach' | 'interactive'>): Attachment {
  const { attach, interactive } = flags;
  if (attach.length === 0) return { stdin: interactive, stdout: true, stderr: true };
  return {
    stdin: attach.includes('stdin'),
    stdout: attach.includes('stdout'),
    stderr: attach.includes('stderr'),
  };
}
