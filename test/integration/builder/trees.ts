/** Trees on disk, and requests to copy between them. */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type CopyRequest, copySources } from '../../../src/image/builder/files/copy.ts';
import { type Found, findSources } from '../../../src/image/builder/files/find.ts';

/** `path`: content; `path/`: directory; `path@`: symbolic link to the value. */
export function tree(root: string, files: Record<string, string>): string {
  for (const [name, value] of Object.entries(files)) {
    const path = join(root, name.replace(/[@/]$/, ''));
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (name.endsWith('@')) symlinkSync(value, path);
    else if (!name.endsWith('/')) writeFileSync(path, value);
  }
  return root;
}

/** All below a directory: `path` → content, `-> target` or `/`. */
export function listing(root: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(root, below)).sort()) {
    const path = join(below, name);
    const stat = lstatSync(join(root, path));
    if (stat.isDirectory()) Object.assign(found, { [`${path}/`]: '' }, listing(root, path));
    else
      found[path] = stat.isSymbolicLink()
        ? `-> ${readlinkSync(join(root, path))}`
        : readFileSync(join(root, path), 'utf8');
  }
  return found;
}

export function find(root: string, sources: string[], exclude: string[] = []): Found[] {
  return findSources({ root, sources, exclude, wildcards: true, isContext: true }, () => {});
}

/** Nobody cancels it. */
export const copyAll = (request: CopyRequest) => copySources(request, () => {});

export interface Asked {
  sources: string[];
  /** Path, with a slash at the end if it is a directory. */
  to: string;
  exclude?: string[];
  parents?: boolean;
}

export function request(source: string, root: string, row: Asked): CopyRequest {
  const { to, exclude = [], parents = false } = row;
  return {
    sources: find(source, row.sources, exclude).map((found) => ({ root: source, found, unpack: false })),
    destination: { root, path: to, isDirectory: to.endsWith('/') },
    owner: { uid: 0, gid: 0 },
    parentOwner: { uid: 0, gid: 0 },
    exclude,
    parents,
  };
}
