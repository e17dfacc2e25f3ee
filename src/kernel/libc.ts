/** The door to libc: koffi bindings declare C prototypes, and a failed call becomes an Error with its errno name. */
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');

/** Binds one function by its C prototype. */
export function bind<F extends (...args: never[]) => number>(prototype: string): F {
  return libc.func(prototype) as unknown as F;
}

/** An Error shaped like those of node:fs: `code` (`EBUSY`), `errno` (negative), `syscall`, and a message that names its subject. */
export function systemError(syscall: string, errno: number, subject = ''): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  const text = `${code}: ${getSystemErrorMessage(-errno)}, ${syscall}${subject && ` '${subject}'`}`;
  return Object.assign(new Error(text), { code, errno: -errno, syscall });
}

/**
 * Passes a result through; -1 throws what errno says. Call it in the same expression as the system call. `subject`: a
 * string, or bytes that end in a NUL, which are made a string only when they are needed.
 */
export function check(result: number, syscall: string, subject: string | Buffer = ''): number {
  if (result >= 0) return result;
  const errno = koffi.errno();
  const text = typeof subject === 'string' ? subject : subject.toString('utf8', 0, subject.length - 1);
  throw systemError(syscall, errno, text);
}
