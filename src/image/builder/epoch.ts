/** SOURCE_DATE_EPOCH: the time that a reproducible build takes for now (reproducible-builds.org, the specification). */
import { invalidArgument } from '../../core/errors.ts';

/** Seconds since 1970 as text, to nanoseconds. Throws `invalid-argument` for anything else. */
export function epochOf(text: string | undefined): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,12}$/.test(text)) throw invalidArgument(`invalid SOURCE_DATE_EPOCH: ${text}`);
  return BigInt(text) * 1_000_000_000n;
}
