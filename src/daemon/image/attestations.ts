/** `GET /images/{name}/attestations`: what is stated about an image, in the manifests that its index has beside it. */
import type { AttestationStatement } from '../../api/image.ts';
import type { Platform } from '../../image/oci.ts';
import { hostPlatform } from '../../image/platform.ts';
import type { Engine } from '../engine.ts';

export interface AttestationsRequest {
  /** The host's if absent. */
  platform?: Platform;
  /** Predicate types; empty: all. */
  types: string[];
  /** With the statements themselves. */
  statement: boolean;
}

/** Throws `not-found` if the image has nothing for the platform. */
export function imageAttestations(
  { images }: Engine,
  name: string,
  { platform = hostPlatform(), types, statement }: AttestationsRequest,
): AttestationStatement[] {
  return images
    .attestations(name, platform)
    .filter(({ predicateType }) => types.length === 0 || types.includes(predicateType))
    .map(({ descriptor, predicateType, read }) => ({
      Descriptor: descriptor,
      PredicateType: predicateType,
      ...(statement && { Statement: read() }),
    }));
}
