/** Sizes as people write them: `64m`, `1.5GiB`, `1024`. Powers of two, as Docker's RAMInBytes has it. */
import { invalidArgument } from '../../core/errors.ts';

const UNITS = ['', 'k', 'm', 'g', 't', 'p'];

export function parseSize(text: string, name: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  if (digits === '') throw invalidArgument(`${name}: invalid size: '${text}'`);
  return Math.floor(Number(digits) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
}
