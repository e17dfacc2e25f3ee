/**
 * A root filesystem with a writable layer on top, for one step. RUN hands its mounts to the runtime; COPY, ADD and
 * WORKDIR mount it here. What was written is in `upper`, and becomes the layer.
 */
import { mkdirSync, readdirSync, realpathSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { newId, shortId } from '../../core/ids.ts';
import type { Mount } from '../../core/mount.ts';
import { mount, unmount } from '../../kernel/mount.ts';
import { mountsBelow } from '../../kernel/mount-table.ts';
import type { Image } from '../image.ts';
import type { BuildImages } from './request.ts';

export interface Tree {
  /** 64 hex digits; the task's id, if there is one. */
  id: string;
  directory: string;
  mounts: Mount[];
  upper: string;
  /** Mounts it, once, and says where. */
  mounted(): string;
  unmount(): void;
  /** Nothing was written. */
  isUntouched(): boolean;
  /** Unmounts and removes it, but for an `upper` that became a layer. */
  close(): Promise<void>;
}

/** `image` undefined: an empty root. */
export async function openTree(images: BuildImages, parent: string, image: Image | undefined): Promise<Tree> {
  const id = newId();
  const directory = join(parent, id);
  const root = join(directory, 'root');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const mounts = await images.prepareSnapshot({ directory, image });
  const upper = join(directory, 'upper');
  let isMounted = false;
  const mounted = () => {
    if (!isMounted)
      for (const { source, type, options } of mounts) mount(source, root, type, 0, options.join(','));
    isMounted = true;
    return root;
  };
  const release = () => {
    if (isMounted) unmount(root);
    isMounted = false;
  };
  return {
    id,
    directory,
    mounts,
    upper,
    mounted,
    unmount: release,
    isUntouched: () => readdirSync(upper).length === 0,
    close: async () => {
      release();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const DOOMED = '.doomed-';

/**
 * What a crash left: unmounted first, the deepest first, so that removing it removes nothing below a mount. It may be
 * much: it is moved aside, and goes while the daemon serves already.
 */
export function sweepDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const point of mountsBelow(realpathSync(directory)).reverse()) unmount(point);
  if (readdirSync(directory).length > 0) {
    renameSync(directory, `${directory}${DOOMED}${shortId(newId())}`);
    mkdirSync(directory, { mode: 0o700 });
  }
  const [parent, prefix] = [dirname(directory), basename(directory) + DOOMED];
  const doomed = readdirSync(parent).filter((name) => name.startsWith(prefix));
  // What cannot go now is tried again with the next start.
  for (const name of doomed) rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
}
