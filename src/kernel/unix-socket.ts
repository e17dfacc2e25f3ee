/** A unix socket at a path of any length (unix(7)). */
import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { bind, check } from './libc.ts';

const socket = bind<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
);

const AF_UNIX = 1;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SUN_PATH = 108;
const O_PATH = 0o10000000;

/**
 * Non-blocking, close-on-exec and the caller's to close; `attach` binds or connects it. Its address goes through the open
 * parent directory: it holds 108 bytes, and paths are longer.
 */
export function openUnixSocket(
  path: string,
  type: number,
  attach: (fd: number, address: Buffer) => void,
): number {
  const directory = openSync(dirname(path), O_PATH | constants.O_DIRECTORY);
  let fd = -1;
  try {
    fd = check(socket(AF_UNIX, type | SOCK_NONBLOCK_CLOEXEC, 0), 'socket');
    const address = Buffer.alloc(2 + SUN_PATH);
    address.writeUInt16LE(AF_UNIX);
    address.write(`/proc/self/fd/${directory}/${basename(path)}`, 2, SUN_PATH - 1);
    attach(fd, address);
    return fd;
  } catch (error) {
    if (fd >= 0) closeSync(fd);
    throw error;
  } finally {
    closeSync(directory);
  }
}
