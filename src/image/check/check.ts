/**
 * `skiff fsck`: hashes every blob again, compares every unpacked layer with its archive, and finds what is missing and
 * what is left over. Repairs what can be made of what is there; damage that only a registry can mend is said.
 */
import { step } from '../../core/step.ts';
import type { ImageContext } from '../context.ts';
import { checkBlobs } from './blobs.ts';
import { checkImageEntries } from './images.ts';
import { checkLayers } from './layers.ts';
import { checkLeftovers } from './leftovers.ts';
import type { CheckOptions, CheckReport } from './report.ts';

/** Images and layers can be used meanwhile; what is being made is left alone. */
export function checkImages(context: ImageContext, options: CheckOptions): Promise<CheckReport> {
  return step('image.check', { repair: options.repair }, async () => {
    const report: CheckReport = { checked: 0, problems: [] };
    // In this order: a damaged blob is out of the way before a layer is unpacked from it.
    for (const check of [checkBlobs, checkImageEntries, checkLayers, checkLeftovers]) {
      const { checked, problems } = await check(context, options);
      report.checked += checked;
      report.problems.push(...problems);
    }
    return report;
  });
}
