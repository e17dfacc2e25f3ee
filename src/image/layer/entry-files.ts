/** What writing a tar entry needs besides names: kinds of nodes, attributes, and making room for it. */
import { rmSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { S } from '../../kernel/node.ts';
import { setXattr } from '../../kernel/xattr.ts';
import type { TarEntry } from '../tar/header.ts';

/** Attributes by which overlayfs steers itself: an archive that could set them could redirect directories. */
const OVERLAY_XATTR = /^(?:trusted|user)\.overlay\./;

/** For mknod(2). */
export function nodeType({ type }: TarEntry): number {
  if (type === 'character') return S.IFCHR;
  return type === 'block' ? S.IFBLK : S.IFIFO;
}

/** What the file system cannot hold is left out, as Docker does: an image made on XFS must unpack on tmpfs. */
export function setXattrs(fd: number, entry: TarEntry): void {
  for (const [name, value] of entry.xattrs) {
    if (OVERLAY_XATTR.test(name)) continue;
    try {
      setXattr(fd, name, value);
    } catch (error) {
      const tolerated = errnoOf(error) === 'ENOTSUP' || errnoOf(error) === 'EOPNOTSUPP';
      if (!tolerated && !(errnoOf(error) === 'EPERM' && name.startsWith('user.'))) throw error;
    }
  }
}

/** rm(1) -r of one component below `dir`; follows no link. The layer is not yet anybody else's. */
export function removeTree(dir: number, base: string): void {
  const path = Buffer.concat([Buffer.from(`/proc/self/fd/${dir}/`), Buffer.from(base, 'latin1')]);
  rmSync(path, { recursive: true });
}
