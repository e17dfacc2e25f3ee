/** Where a logging driver sends lines. */
import type { OutputStream } from '../../../runtime/task.ts';

export interface LogLine {
  stream: OutputStream;
  /** Without its newline. */
  text: string;
}

export interface Destination {
  /** Rejects with `invalid-argument`, in Docker's words, when nobody takes lines there. */
  connect(): Promise<void>;
  /** Resolves when the line has been taken; rejects when it could not be, and may be tried again. */
  send(line: LogLine): Promise<void>;
  close(): void;
}
