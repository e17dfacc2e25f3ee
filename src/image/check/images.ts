/** Is everything there that the images name? */
import type { ImageContext } from '../context.ts';
import type { CheckOptions, CheckReport } from './report.ts';

export async function checkImageEntries(
  { content, images }: ImageContext,
  { repair }: CheckOptions,
): Promise<CheckReport> {
  const report: CheckReport = { checked: 0, problems: [] };
  for (const name of images.brokenNames()) {
    report.problems.push({
      kind: 'image',
      name,
      problem: 'its manifest or config cannot be read',
      repaired: repair,
    });
  }
  if (repair) images.dropBroken();
  for (const image of images.listAll()) {
    report.checked++;
    const own = [image.manifest.digest, image.id, ...image.layers.map(({ digest }) => digest)];
    const parts = [...own, ...image.beside];
    for (const digest of new Set(parts.filter((part) => !content.has(part)))) {
      const problem = `${digest} is missing; pull or load the image again`;
      report.problems.push({ kind: 'image', name: image.tags[0] ?? image.id, problem });
    }
  }
  return report;
}
