/** Root filesystems mounted for reading while a build lasts: what COPY --from and bind mounts look into. */
import type { BuildImages } from './request.ts';
import { asImage, type Point } from './stages/point.ts';
import { openTree, type Tree } from './tree.ts';

export interface Views {
  /** The directory; each image is mounted once. */
  open(point: Point): Promise<string>;
  close(): Promise<void>;
}

export function openViews(images: BuildImages, directory: string): Views {
  const trees = new Map<string, Promise<Tree>>();
  return {
    open: async (point) => {
      const key = point.id ?? 'scratch';
      const tree = trees.get(key) ?? openTree(images, directory, asImage(point));
      trees.set(key, tree);
      return (await tree).mounted();
    },
    close: async () => {
      const opened = await Promise.allSettled(trees.values());
      trees.clear();
      for (const tree of opened) if (tree.status === 'fulfilled') await tree.value.close();
    },
  };
}
