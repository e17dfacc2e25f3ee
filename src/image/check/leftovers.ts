/** What was being written when somebody stopped: files and half-unpacked layers that nobody works on. */
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ImageContext } from '../context.ts';
import type { CheckOptions, CheckReport } from './report.ts';

export async function checkLeftovers(
  { content, downloads, layers }: ImageContext,
  { repair }: CheckOptions,
): Promise<CheckReport> {
  const paths = [...content.leftovers(), ...downloads.partials(true), ...layers.leftovers()];
  if (repair) await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
  const problems = paths.map((path) => {
    return {
      kind: 'leftover',
      name: basename(path),
      problem: 'cut off, and not continued',
      repaired: repair,
    };
  });
  return { checked: paths.length, problems };
}
