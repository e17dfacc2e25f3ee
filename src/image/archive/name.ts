/** The names that an archive gives its images. */
import type { Digest } from '../../core/digest.ts';
import { invalidArgument } from '../../core/errors.ts';
import { parseTagged, wholeName } from '../reference.ts';

/**
 * Whole. A digest is what bytes have, whatever an archive says: whoever asks for one would be given other bytes. Next to
 * a tag it is passed over; alone it is refused unless it is `own`. Throws `invalid-argument`.
 */
export function nameIn(text: string, own?: Digest): string {
  const { digest, ...reference } = parseTagged(text);
  if (reference.tag !== undefined) return wholeName(reference);
  if (digest === undefined || digest !== own) throw invalidArgument(`invalid tag "${text}"`);
  return wholeName({ ...reference, digest });
}
