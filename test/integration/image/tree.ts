/** Everything about a tree of files that an image must keep, as lines that can be compared. */
import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { O } from '../../../src/kernel/path.ts';
import { getXattr, listXattrs } from '../../../src/kernel/xattr.ts';

/** Path → facts. Inode numbers become "same file as the first path that has it". */
export function fingerprint(root: string): Record<string, string> {
  const facts: Record<string, string> = {};
  const inodes = new Map<bigint, string>();
  const visit = (path: string) => {
    // Names are bytes: one latin1 character each.
    const bytes = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
    facts[path] = describe(bytes, path, inodes);
    if (!lstatSync(bytes).isDirectory()) return;
    for (const name of readdirSync(bytes, 'latin1').sort()) visit(join(path, name));
  };
  visit('.');
  return facts;
}

function describe(path: Buffer, name: string, inodes: Map<bigint, string>): string {
  const stat = lstatSync(path, { bigint: true });
  const first = inodes.get(stat.ino) ?? name;
  inodes.set(stat.ino, first);
  const content = stat.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
  const target = stat.isSymbolicLink() ? readlinkSync(path) : '';
  const size = stat.isFile() ? stat.size : '';
  const id = stat.isDirectory() ? '' : first;
  const { mode, uid, gid, mtimeNs, rdev } = stat;
  return [mode.toString(8), uid, gid, mtimeNs, rdev, size, id, content, target, ...xattrs(path)].join(' ');
}

function xattrs(path: Buffer): string[] {
  const fd = openSync(path, O.PATH | O.NOFOLLOW);
  try {
    const names = listXattrs(fd).filter((name) => !name.startsWith('trusted.overlay.'));
    return names.map((name) => `${name}=${getXattr(fd, name).toString('hex')}`);
  } finally {
    closeSync(fd);
  }
}
