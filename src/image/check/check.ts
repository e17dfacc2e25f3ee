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
    // In this order: a damaged blob is out of the way before a layer is unpacked from it.
    const blobs = await checkBlobs(context, options);
    const damaged = new Set(blobs.problems.map(({ name }) => name));
    const reports = [
      blobs,
      await checkImageEntries(context, options),
      await checkLayers(context, options, damaged),
      await checkLeftovers(context, options),
    ];
    return {
      checked: reports.reduce((sum, { checked }) => sum + checked, 0),
      problems: reports.flatMap(({ problems }) => problems),
    };
  });
}
