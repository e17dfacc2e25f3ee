/** Many small pieces to one descriptor, in large writes. Blocks until the descriptor takes them: worker threads only. */
import { writeSync } from 'node:fs';
import type { Write } from './pack.ts';

const SIZE = 256 * 1024;

export interface Output {
  write: Write;
  flush(): void;
}

export function outputTo(fd: number): Output {
  const buffer = Buffer.allocUnsafe(SIZE);
  let used = 0;
  const flush = () => {
    writeAll(fd, buffer.subarray(0, used));
    used = 0;
  };
  const write = (bytes: Buffer) => {
    if (used + bytes.length > SIZE) flush();
    if (bytes.length >= SIZE) return writeAll(fd, bytes);
    used += bytes.copy(buffer, used);
  };
  return { write, flush };
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
