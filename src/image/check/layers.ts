/** Are the layers unpacked, all of them, as their archives say, and no others? */
import type { Digest } from '../../core/digest.ts';
import type { ImageContext } from '../context.ts';
import type { Image } from '../image.ts';
import type { LayerIdentity } from '../layer-record.ts';
import { chainOf } from '../usage.ts';
import type { CheckOptions, CheckReport, Problem } from './report.ts';

interface Place extends LayerIdentity {
  blob: Digest;
  images: Image[];
}

/** `damaged`: blobs that no layer can be compared with. */
export async function checkLayers(
  context: ImageContext,
  options: CheckOptions,
  damaged: ReadonlySet<string>,
): Promise<CheckReport> {
  const places = placesOf(context.images.listAll());
  const report: CheckReport = { checked: 0, problems: [] };
  for (const place of places.values()) {
    options.signal?.throwIfAborted();
    report.checked++;
    const isKnown = context.layers.get(place.chainId) !== undefined;
    const problem =
      isKnown && damaged.has(place.blob) ? undefined : await checkLayer(context, place, options);
    if (problem) report.problems.push(problem);
  }
  for (const { chainId } of context.layers.list()) {
    if (places.has(chainId) || context.layers.leases.isHeld(chainId)) continue;
    report.checked++;
    if (options.repair) await context.layers.remove(chainId);
    const problem = 'left over: no image stands on it';
    report.problems.push({ kind: 'layer', name: chainId, problem, repaired: options.repair });
  }
  return report;
}

/** Every layer that should be there, once, with the images that stand on it. */
function placesOf(images: Image[]): Map<Digest, Place> {
  const places = new Map<Digest, Place>();
  for (const image of images) {
    const chain = chainOf(image);
    for (const [i, { digest }] of image.layers.entries()) {
      const [chainId, diffId] = [chain[i], image.config.rootfs.diff_ids[i]];
      if (!chainId || !diffId) continue;
      const known = places.get(chainId);
      if (known) known.images.push(image);
      else places.set(chainId, { chainId, diffId, parent: chain[i - 1], blob: digest, images: [image] });
    }
  }
  return places;
}

async function checkLayer(
  { content, layers }: ImageContext,
  place: Place,
  { repair, isUsed, signal }: CheckOptions,
): Promise<Problem | undefined> {
  const { chainId, blob, images } = place;
  const path = content.path(blob);
  const request = { ...place, blob: path, signal };
  const problem = (text: string, repaired: boolean): Problem => {
    return { kind: 'layer', name: chainId, problem: text, repaired };
  };
  if (!content.has(blob)) {
    return layers.get(chainId) ? undefined : problem('not unpacked, and its archive is missing', false);
  }
  if (!layers.get(chainId)) {
    if (repair) await layers.ensure(request);
    return problem('not unpacked', repair);
  }
  const differences = await layers.compare(chainId, path, signal);
  const [first, ...others] = differences;
  if (first === undefined) return undefined;
  const text = others.length === 0 ? first : `${first}, and ${others.length} more`;
  if (images.some(({ id }) => isUsed(id))) return problem(`${text}; containers stand on it`, false);
  if (repair) {
    await layers.remove(chainId);
    await layers.ensure(request);
  }
  return problem(text, repair);
}
