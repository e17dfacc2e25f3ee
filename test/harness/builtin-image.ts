/** The project's own image `busybox:latest` as a tarball, made once and kept in the cache. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cache, checkout } from './paths.ts';

/** Path of the tarball. */
export async function builtinImage(): Promise<string> {
  const path = join(cache, 'busybox.tar');
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  await execa(process.execPath, [join(checkout, 'scripts/builtin-image.ts'), fresh]);
  renameSync(fresh, path);
  return path;
}
