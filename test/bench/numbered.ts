/** Lines that count up, each as wide as the others: none can be missing, doubled or in another's place unseen. */

/** A line of a program's log; what other engines are usually measured with. */
export const LONG = 100;
/** The least that a million takes: what each line costs counts, not its bytes. */
export const SHORT = 8;

export interface Numbered {
  /** `seq` of busybox: its numbers are as wide as the first, zeros before them. */
  cmd: string[];
  /** All lines together, in bytes. */
  size: number;
}

/** @param width of a line in bytes, its end included. */
export function numbered(count: number, width: number): Numbered {
  return { cmd: ['seq', '-w', '1'.padStart(width - 1, '0'), String(count)], size: count * width };
}

export function textOf(count: number, width: number): Buffer {
  const text = Buffer.alloc(count * width, '\n');
  for (let n = 1; n <= count; n++) text.write(String(n).padStart(width - 1, '0'), (n - 1) * width, 'latin1');
  return text;
}
