/**
 * conmon's `ctl` FIFO: `1 HEIGHT WIDTH` sets the terminal's size, `2 0 0` makes it open the log file anew. conmon reads
 * at most 199 bytes at a time, so each command is one short write, which a FIFO keeps whole (pipe(7), PIPE_BUF).
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/errors.ts';

/** What conmon accepts; it drops larger sizes with a warning. */
const LARGEST_SIZE = 1000;

/** False if the shim is gone. */
export function sendResize(bundle: string, height: number, width: number): boolean {
  const clamp = (size: number) => Math.max(0, Math.min(LARGEST_SIZE, Math.trunc(size)));
  return send(bundle, `1 ${clamp(height)} ${clamp(width)}\n`);
}

/**
 * conmon opens a new file and renames it over the log's name: only ever send this when nothing has that name, or
 * what has it is lost. False if the shim is gone.
 */
export function sendReopenLog(bundle: string): boolean {
  return send(bundle, '2 0 0\n');
}

/** Opening a FIFO for writing without a reader fails with ENXIO (fifo(7)). */
function send(bundle: string, command: string): boolean {
  let fd: number;
  try {
    fd = openSync(join(bundle, 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENXIO' || errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    writeSync(fd, command);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EPIPE') return false;
    throw error;
  } finally {
    closeSync(fd);
  }
}
