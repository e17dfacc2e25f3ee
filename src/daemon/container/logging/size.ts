/** Sizes as log options give them. */
import { invalidArgument } from '../../../core/errors.ts';

const UNITS: Record<string, number> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `10m`, `1.5g`, `4096`: bytes. Docker's go-units, binary. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ''];
  if (!match || unit === undefined) throw invalidArgument(`invalid size: '${text}'`);
  return Math.floor(Number(match[1]) * unit);
}
