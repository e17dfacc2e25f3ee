/** Where a file has data and where it has holes: lseek(2), SEEK_DATA and SEEK_HOLE. */
import { errnoOf } from '../core/errors.ts';
import { bind, check } from './libc.ts';

const lseek = bind<(fd: number, offset: number, whence: number) => number>(
  'int64_t lseek(int fd, int64_t offset, int whence)',
);

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

export interface Extent {
  offset: number;
  length: number;
}

/** The pieces that hold data, in order, below `size`. A file system that knows no holes has one piece. */
export function dataExtents(fd: number, size: number): Extent[] {
  const extents: Extent[] = [];
  for (let end = 0; end < size; ) {
    const start = nextData(fd, end);
    if (start === undefined || start >= size) break;
    end = Math.min(check(lseek(fd, start, SEEK_HOLE), 'lseek'), size);
    extents.push({ offset: start, length: end - start });
  }
  return extents;
}

/** Undefined: there is none from here to the end. */
function nextData(fd: number, offset: number): number | undefined {
  try {
    return check(lseek(fd, offset, SEEK_DATA), 'lseek');
  } catch (error) {
    if (errnoOf(error) === 'ENXIO') return undefined;
    throw error;
  }
}
