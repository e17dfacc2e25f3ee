/** Are the blobs what their names say, and does anybody need them? */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Digest } from '../../core/digest.ts';
import type { ImageContext } from '../context.ts';
import type { CheckOptions, CheckReport } from './report.ts';

export async function checkBlobs(
  { content, images }: ImageContext,
  { repair, signal }: CheckOptions,
): Promise<CheckReport> {
  const report: CheckReport = { checked: 0, problems: [] };
  for (const digest of content.list()) {
    signal?.throwIfAborted();
    report.checked++;
    if (!content.has(digest) || content.leases.isHeld(digest)) continue;
    const found = await hashOf(content.path(digest));
    const needed = images.liveBlobs().has(digest);
    const problem = problemOf(digest, found, needed);
    if (problem === undefined) continue;
    // Out of the way, so that the next pull or load brings a good one.
    if (repair && !content.leases.isHeld(digest)) await content.delete(digest);
    report.problems.push({ kind: 'blob', name: digest, problem, repaired: repair && !needed });
  }
  return report;
}

function problemOf(digest: Digest, found: string, needed: boolean): string | undefined {
  if (found !== digest)
    return `damaged: its bytes are ${found}${needed ? '; pull or load the image again' : ''}`;
  return needed ? undefined : 'left over: no image needs it';
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
