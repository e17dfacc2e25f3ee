/** What an image has at a path, told by its layers alone: a look that costs no mount. */
import { openSync } from 'node:fs';
import { O } from '../../kernel/path.ts';
import { describe, type TreeEntry } from '../tree/entry.ts';
import { closeMerged, lookUp, type Merged, mergedRoot } from '../tree/merged.ts';

/** True: there is a directory, or a link on the way that only a mount can resolve. `layers`: top first. */
export function imageMayHold(layers: readonly string[], path: string): boolean {
  const kind = kindInImage(layers, path);
  return kind === 'directory' || kind === 'symlink';
}

/** Of a link on the way, the link; of a file on the way, the file; undefined if there is nothing. `layers`: top first. */
export function kindInImage(layers: readonly string[], path: string): TreeEntry['kind'] | undefined {
  let at = mergedRoot(layers.map((layer) => describe(openSync(layer, O.PATH | O.DIRECTORY))));
  for (const name of Buffer.from(path).toString('latin1').split('/')) {
    if (name === '' || name === '.') continue;
    if (at?.entry.kind !== 'directory') break;
    at = closing(at, (merged) => lookUp(merged, name));
  }
  const kind = at?.entry.kind;
  if (at) closeMerged(at);
  return kind;
}

function closing(merged: Merged, next: (merged: Merged) => Merged | undefined): Merged | undefined {
  try {
    return next(merged);
  } finally {
    closeMerged(merged);
  }
}
