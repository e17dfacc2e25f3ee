/** A pipe between a stream of the main thread and a thread that reads or writes blockingly: bounded by the kernel. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipe } from '../../../kernel/pipe.ts';

export interface ThreadPipe {
  /** The thread's end, blocking. */
  fd: number;
  /** Our end. Destroying it ends the thread's work: EPIPE if it writes, the end of input if it reads. */
  stream: Socket;
  /** Closes the thread's end: to be called when the thread has no more use for it. */
  closeThreadEnd(): void;
}

export function pipeFromThread(): ThreadPipe {
  const { reader, writer } = pipe();
  return threadPipe(writer, new Socket({ fd: reader, readable: true, writable: false }));
}

export function pipeToThread(): ThreadPipe {
  const { reader, writer } = pipe();
  return threadPipe(reader, new Socket({ fd: writer, readable: false, writable: true }));
}

function threadPipe(fd: number, stream: Socket): ThreadPipe {
  let isOpen = true;
  const closeThreadEnd = () => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  return { fd, stream, closeThreadEnd };
}
