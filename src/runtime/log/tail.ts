/** Where the last n lines of a log begin, found from its end in blocks. */
import { type LogFile, type LogFiles, readAt, sizeOf } from './files.ts';
import { isPartial, NEWLINE } from './line.ts';

const BLOCK = 64 * 1024;

/** Leaves `files` positioned there. */
export async function findTail(files: LogFiles, lines: number): Promise<void> {
  const counter = { left: lines, last: true };
  for (let index = files.files.length - 1; index >= 0; index--) {
    const file = files.files[index];
    const position = file && (await findIn(file, counter));
    if (position === undefined) continue;
    files.seek(index, position);
    return;
  }
  files.seek(0, 0);
}

/**
 * Goes back record by record. Each complete record ends a line, so the tail begins after the one that ends line
 * n + 1 from the end. A last record without its newline is a line, too.
 */
async function findIn(file: LogFile, counter: { left: number; last: boolean }): Promise<number | undefined> {
  let end = sizeOf(file);
  let rest = Buffer.alloc(0);
  while (end > 0) {
    const start = Math.max(0, end - BLOCK);
    const block = Buffer.allocUnsafe(end - start);
    await readAt(file, block, start);
    const bytes = Buffer.concat([block, rest]);
    let recordEnd = bytes.lastIndexOf(NEWLINE) + 1;
    while (recordEnd > 0) {
      const record = recordEnd > 1 ? bytes.lastIndexOf(NEWLINE, recordEnd - 2) + 1 : 0;
      if (record === 0 && start > 0) break;
      if (endsLine(bytes, record, counter) && counter.left-- === 0) return start + recordEnd;
      recordEnd = record;
    }
    rest = bytes.subarray(0, recordEnd);
    end = start;
  }
  return undefined;
}

function endsLine(bytes: Buffer, record: number, counter: { last: boolean }): boolean {
  const isLast = counter.last;
  counter.last = false;
  return isLast || !isPartial(bytes, record);
}
