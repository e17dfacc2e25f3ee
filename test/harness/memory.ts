/** Memory that a process really costs: its proportional set size, proc(5) `smaps_rollup`. */
import { readFileSync } from 'node:fs';

/** Bytes. */
export function pss(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no Pss`);
  return Number(kilobytes) * 1024;
}
