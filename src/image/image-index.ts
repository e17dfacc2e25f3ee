/**
 * `index.json` of the OCI layout: one descriptor for each name that an image has. The name is the annotation that
 * skopeo and others look at; an image without a name has a descriptor without one. A name with a digest says in which
 * repository, under which digest, the image is known. What came with an index is entered with that.
 */
import { type Digest, isDigest } from '../core/digest.ts';
import { readJson, writeJson } from '../core/json-file.ts';
import { INDEX } from './media-types.ts';
import type { Descriptor } from './oci.ts';

export interface IndexEntry {
  /** Whole name; absent for an image that has none. */
  name?: string;
  /** When it got the name, RFC 3339. */
  tagged?: string;
  /** Deleted by force while a stopped container stood on it. */
  hidden?: boolean;
  /** The image whose container was committed. */
  parent?: Digest;
  target: Descriptor;
}

interface IndexFile {
  schemaVersion: 2;
  mediaType: string;
  manifests: Descriptor[];
}

const NAME = 'org.opencontainers.image.ref.name';
const TAGGED = 'io.skiff.tagged';
const HIDDEN = 'io.skiff.hidden';
const PARENT = 'io.skiff.parent';

/** Undefined if there is no index yet. */
export function readIndex(path: string): IndexEntry[] | undefined {
  return readJson<IndexFile>(path)?.manifests.map(({ annotations = {}, ...target }) => ({
    name: annotations[NAME],
    tagged: annotations[TAGGED],
    hidden: annotations[HIDDEN] === 'true',
    parent: parentIn(annotations[PARENT]),
    target,
  }));
}

function parentIn(annotation: string | undefined): Digest | undefined {
  return annotation !== undefined && isDigest(annotation) ? annotation : undefined;
}

/** Durable when this returns. */
export function writeIndex(path: string, entries: readonly IndexEntry[]): void {
  const manifests = entries.map(({ name, tagged, hidden, parent, target }) => ({
    ...target,
    annotations: {
      ...(name !== undefined && { [NAME]: name }),
      ...(tagged !== undefined && { [TAGGED]: tagged }),
      ...(hidden && { [HIDDEN]: 'true' }),
      ...(parent !== undefined && { [PARENT]: parent }),
    },
  }));
  const file: IndexFile = { schemaVersion: 2, mediaType: INDEX, manifests };
  writeJson(path, file, { durable: true });
}
