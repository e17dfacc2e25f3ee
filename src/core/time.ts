/** Times as the Docker API writes them: RFC 3339 with nanoseconds, and the zero time for "never". */
export const NEVER = '0001-01-01T00:00:00Z';

const BILLION = 1_000_000_000n;

/** `2026-01-02T03:04:05.123456789Z`, trailing zeros of the fraction cut, as Go's RFC3339Nano does. */
export function timestamp(nano: bigint): string {
  const rest = ((nano % BILLION) + BILLION) % BILLION;
  const seconds = new Date(Number((nano - rest) / BILLION) * 1000).toISOString().slice(0, 19);
  const fraction = String(rest).padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
