/** What is remembered of a step that was carried out, so that an equal one need not be. */
import { type Digest, sha256 } from '../../../core/digest.ts';
import type { Descriptor } from '../../oci.ts';

/** cache/<hex of the key>.json */
export interface CacheRecord {
  version: 1;
  key: Digest;
  /** The image that the step was carried out on. */
  parent?: Digest;
  /** The image that came of it. */
  image: Digest;
  created: string;
  createdBy: string;
  /** Of the instruction: what `system df` and prune show. */
  description: string;
  /** With the diff ids of all layers, its own last: a layer means nothing without those below. */
  layer?: { diffIds: Digest[]; descriptor: Descriptor; size: number };
  used: string;
  uses: number;
}

/** Equal parents, words and inputs give equal results, as far as a Dockerfile promises that. */
export function cacheKey(parent: Digest | undefined, createdBy: string, inputs: readonly unknown[]): Digest {
  return sha256(JSON.stringify([1, parent ?? null, createdBy, inputs]));
}
