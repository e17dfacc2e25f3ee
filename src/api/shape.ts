/**
 * What clients of older API versions are answered. Daemon code makes today's shape and no other; each entry of the
 * table undoes one change of the API's history, newest first, so that 1.30 passes through every change after it.
 */
import { olderThan } from './version.ts';

export type Shape =
  | 'container-inspect'
  | 'container-summary'
  | 'image-inspect'
  | 'image-summary'
  | 'network'
  | 'info'
  | 'disk-usage'
  | 'event'
  | 'stats';

type Fields = Record<string, unknown>;

interface Change {
  /** The first version that has the new shape. */
  until: string;
  shape: Shape;
  /** Turns the new shape into the one before; changes the document it is given. */
  apply: (document: Fields) => void;
}

const CHANGES: readonly Change[] = [];

/** The document as `version` has it. Never changes what it was given; returns it if there is nothing to do. */
export function shapeFor<T extends object>(version: string, shape: Shape, document: T): T {
  const due = CHANGES.filter((change) => change.shape === shape && olderThan(version, change.until));
  if (due.length === 0) return document;
  const copy = structuredClone(document);
  for (const change of due) change.apply(copy as Fields);
  return copy;
}
