/** `skiff fsck`: what the engine keeps on disk, checked and mended. An extension of ours. */
import type { CheckReport } from '../../image/check/report.ts';
import type { Engine } from '../engine.ts';
import { isImageUsed } from '../image/users.ts';
import { checkStrays } from './strays.ts';

export async function checkStore(
  engine: Engine,
  { repair, signal }: { repair: boolean; signal?: AbortSignal },
): Promise<CheckReport> {
  const isUsed = isImageUsed(engine);
  const reports = [await engine.images.check({ repair, isUsed, signal }), await checkStrays(engine, repair)];
  return {
    checked: reports.reduce((sum, { checked }) => sum + checked, 0),
    problems: reports.flatMap(({ problems }) => problems),
  };
}
