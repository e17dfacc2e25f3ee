/** pipe2(2): a way for bytes from one thread to another that the kernel bounds. */
import { bind, check } from './libc.ts';

const pipe2 = bind<(fds: Buffer, flags: number) => number>('int pipe2(void *pipefd, int flags)');

const O_CLOEXEC = 0o2000000;

/** Both ends block; whoever hands one to libuv lets it change that for its own end. */
export function pipe(): { reader: number; writer: number } {
  const fds = Buffer.alloc(8);
  check(pipe2(fds, O_CLOEXEC), 'pipe2');
  return { reader: fds.readInt32LE(0), writer: fds.readInt32LE(4) };
}
