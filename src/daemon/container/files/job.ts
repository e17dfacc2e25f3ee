/** What the main thread and the threads that work on files say to each other. Descriptors stay the main thread's. */
import type { ErrorKind } from '../../../core/errors.ts';
import type { OwnLayerRequest } from './own-layer.ts';
import type { View } from './view.ts';

/**
 * The root that paths are looked up in: a directory; a view that is mounted for the job; or the root of a mount
 * namespace without what is mounted in it.
 */
export type Root = { fd: number } | { view: View } | { namespace: number };

/** As the client wrote them, for messages. */
interface Named {
  container: string;
  path: string;
}

export type FilesJob =
  | ({ verb: 'stat'; root: Root } & Named)
  /** Ready with the stat, then writes an archive of the path to `out`. */
  | ({ verb: 'pack'; root: Root; out: number } & Named)
  /** Ready once the path may be written to, then reads an archive from `input`. Everything goes to `user`, if named. */
  | ({ verb: 'extract'; root: Root; input: number; keepKinds: boolean; user?: string } & Named)
  /** Writes an archive of everything that is on the root's own file system to `out`. */
  | { verb: 'export'; root: Root; out: number }
  /** Copies what is in the directory `path` of the root, and its attributes, into the host's directory `target`. */
  | { verb: 'copy-up'; root: Root; path: string; target: string }
  /** Makes the directory `path` of the root, and those on the way that are missing: root's, 0755. */
  | { verb: 'make-directory'; root: Root; path: string }
  | ({ verb: 'changes' } & OwnLayerRequest)
  | ({ verb: 'init-layer' } & OwnLayerRequest);

/** Errors lose their class between threads: kind and text cross. */
export type FilesAnswer =
  | { is: 'ready'; value: unknown }
  | { is: 'done'; value: unknown }
  | { is: 'failed'; kind: ErrorKind; message: string };
