/** What the main thread and the two threads of unpacking say to each other. */
import type { Digest } from '../../core/digest.ts';
import type { ErrorKind } from '../../core/errors.ts';
import type { GrowingSource } from './growing-file.ts';
import type { LayerLimits } from './limits.ts';
import type { RingMemory } from './ring.ts';
import type { Outside } from './safe-path.ts';

/** Instead of a job: the thread's last message. */
export const END = 'end';

export interface InflateJob {
  /** The layer's blob; its compression is told by its first bytes. */
  blob: string | GrowingSource;
  limits: LayerLimits;
  memory: RingMemory;
}

export interface Inflated {
  /** Of the plain tar stream. */
  diffId: Digest;
  plainBytes: number;
}

/** Said by the first thread now and then. */
export interface Reading {
  /** Bytes of the blob so far. */
  read: number;
}

export interface ApplyJob {
  /** Make the files, or look whether they are as the archive says. */
  mode: 'write' | 'compare';
  directory: string;
  limits: LayerLimits;
  /** The archive must have its end mark. */
  whole: boolean;
  outside?: Outside;
  memory: RingMemory;
}

/** Errors lose their class between threads: kind and text cross. */
export type Outcome<T> = { value: T } | { error: { kind: ErrorKind; message: string; follows: boolean } };

export interface ArchiveJob {
  directory: string;
  /** A descriptor that the thread writes to and closes. */
  out: number;
  whiteouts: boolean;
  maxTime?: bigint;
  /** Paths, bytes in latin1 without leading slash, that do not go into the archive; nor does what is below them. */
  leaveOut?: readonly string[];
}
