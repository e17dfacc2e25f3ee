/** The master of a pseudo-terminal (pty(7)), read and written by the event loop. */
import { closeSync, readSync } from 'node:fs';
import type { Socket, SocketConstructorOpts } from 'node:net';
import { ignoring } from '../core/errors.ts';
import { duplicate } from './duplicate.ts';
import { bind, check } from './libc.ts';
import { adoptPipe } from './pipe-handle.ts';

const ioctl = bind<(fd: number, request: number, argument: Buffer) => number>(
  'int ioctl(int fd, ulong request, void *argument)',
);

/** ioctl_tty(2). */
const TIOCSWINSZ = 0x5414;
const READ_BUFFER = 64 * 1024;
/** More than a terminal holds: 64 KiB on the way (TTYB_DEFAULT_MEM_LIMIT, drivers/tty/tty_buffer.c) and 4 KiB to be read. */
const HELD = 128 * 1024;

export interface TerminalSize {
  height: number;
  width: number;
}

export interface TerminalMaster {
  /** Resolves when the terminal has taken it; rejects when it takes no more. */
  write(chunk: Uint8Array): Promise<void>;
  /** Characters. */
  resize(size: TerminalSize): void;
  /**
   * Hands over what has been written so far and closes: processes that still have the terminal lose it (SIGHUP, EIO), as
   * when a modem hung up.
   */
  hangUp(): void;
}

/**
 * Takes over the descriptor, until the last process has closed the terminal. `onOutput` gets a view that is valid until it
 * returns.
 */
export function openTerminalMaster(fd: number, onOutput: (chunk: Uint8Array) => void): TerminalMaster {
  const buffer = Buffer.allocUnsafe(READ_BUFFER);
  const onread = {
    buffer,
    callback: (length: number) => {
      onOutput(buffer.subarray(0, length));
      return true;
    },
  };
  const socket = adoptCopy(fd, { readable: true, writable: true, onread });
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    drain(fd, buffer, onOutput);
    closeSync(fd);
  };
  // EIO: pty(7) has no other way to say that the last process has closed it.
  socket.on('error', () => {});
  socket.once('close', close);
  socket.resume();
  return {
    write: (chunk) => write(socket, chunk),
    resize: (size) => open && setSize(fd, size),
    hangUp: () => {
      close();
      socket.destroy();
    },
  };
}

/** Closes the descriptor if there can be no copy of it. */
function adoptCopy(fd: number, options: SocketConstructorOpts): Socket {
  try {
    return adoptPipe(duplicate(fd), options);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * A terminal hands out 4 KiB at a time, and libuv takes a read that does not fill its buffer for the last one before a
 * hang-up (uv__stream_io): what is still there is taken here. libuv has made the descriptor non-blocking.
 */
function drain(fd: number, buffer: Buffer, onOutput: (chunk: Uint8Array) => void): void {
  try {
    for (let taken = 0; taken < HELD; ) {
      const length = readSync(fd, buffer);
      if (length === 0) return;
      onOutput(buffer.subarray(0, length));
      taken += length;
    }
  } catch (error) {
    ignoring('EAGAIN', 'EIO')(error);
  }
}

function write(socket: Socket, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.write(chunk, (error) => (error ? reject(error) : resolve())),
  );
}

/** struct winsize: rows, columns, and two fields that nobody uses. The kernel tells the foreground group (SIGWINCH). */
function setSize(fd: number, { height, width }: TerminalSize): void {
  check(ioctl(fd, TIOCSWINSZ, Buffer.from(new Uint16Array([height, width, 0, 0]).buffer)), 'ioctl');
}
