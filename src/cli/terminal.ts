// Raw mode: every key goes to the container, every byte of its output to the screen as it is.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Input } from './world.ts';

/** Answers the function that puts the terminal back. Does nothing where there is no terminal. */
export async function enterRawMode(stdin: Input): Promise<() => void> {
  if (!stdin.isTTY || !stdin.setRawMode) return () => {};
  stdin.setRawMode(true);
  // libuv leaves the output processing on (uv_tty_set_mode adds ONLCR), which turns the bare line feeds of a
  // full-screen program into new lines. Node has no call for it; stty does, and setRawMode(false) undoes both.
  const stty = spawn('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  await Promise.race([once(stty, 'close'), once(stty, 'error')]);
  return () => stdin.setRawMode?.(false);
}
