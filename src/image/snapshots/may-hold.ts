/** Whether an image has a directory at a path, told by its layers alone: a look that costs no mount. */
import { openSync } from 'node:fs';
import { O } from '../../kernel/path.ts';
import { describe } from '../tree/entry.ts';
import { closeMerged, lookUp, type Merged, mergedRoot } from '../tree/merged.ts';

/**
 * False: there is none. True: there is one, or a link on the way that only a mount can resolve. `layers`: top first.
 */
export function imageMayHold(layers: readonly string[], path: string): boolean {
  let at = mergedRoot(layers.map((layer) => describe(openSync(layer, O.PATH | O.DIRECTORY))));
  for (const name of Buffer.from(path).toString('latin1').split('/')) {
    if (name === '' || name === '.') continue;
    if (at?.entry.kind !== 'directory') break;
    at = closing(at, (merged) => lookUp(merged, name));
  }
  const kind = at?.entry.kind;
  if (at) closeMerged(at);
  return kind === 'directory' || kind === 'symlink';
}

function closing(merged: Merged, next: (merged: Merged) => Merged | undefined): Merged | undefined {
  try {
    return next(merged);
  } finally {
    closeMerged(merged);
  }
}
