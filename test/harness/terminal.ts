/** A pseudo-terminal with a program in it, driven as a person would: type, wait for what appears, read the exit code. */
import { type IPty, spawn } from 'node-pty';
import { waitUntil } from './wait-until.ts';

export interface Terminal {
  readonly pid: number;
  /** All that has appeared. */
  screen(): string;
  type(text: string): void;
  /** Waits for a text or a pattern to appear after what was last found; returns what appeared up to its end. */
  see(expected: string | RegExp): Promise<string>;
  resize(columns: number, rows: number): void;
  readonly exited: Promise<{ exitCode: number; signal?: number }>;
  close(): void;
}

export function openTerminal(path: string, args: string[], env: Record<string, string> = {}): Terminal {
  const pty = spawn(path, args, {
    name: 'xterm',
    cols: 100,
    rows: 30,
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
  });
  return drive(pty);
}

function drive(pty: IPty): Terminal {
  let screen = '';
  let read = 0;
  let over = false;
  pty.onData((data) => {
    screen += data;
  });
  const exited = new Promise<{ exitCode: number; signal?: number }>((resolve) => {
    pty.onExit((exit) => {
      over = true;
      resolve(exit);
    });
  });
  /** Where what was expected ends in what has not been read yet; 0 if it is not there. */
  const find = (expected: string | RegExp): number => {
    const rest = screen.slice(read);
    if (typeof expected === 'string')
      return rest.includes(expected) ? rest.indexOf(expected) + expected.length : 0;
    const match = expected.exec(rest);
    return match ? match.index + match[0].length : 0;
  };
  return {
    pid: pty.pid,
    screen: () => screen,
    type: (text) => pty.write(text),
    async see(expected) {
      const length = await waitUntil('the terminal', () => find(expected)).catch(() => {
        throw new Error(`never saw ${expected} in:\n${screen}`);
      });
      const seen = screen.slice(read, read + length);
      read += length;
      return seen;
    },
    resize: (columns, rows) => pty.resize(columns, rows),
    exited,
    close() {
      if (!over) pty.kill('SIGKILL');
    },
  };
}
