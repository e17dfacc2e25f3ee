// Errors of `run` and `create` name the program and point to the help; the exit code is the one that shells
// know for "could not run it".

import { ExitError, messageOf } from '../exit.ts';

export async function withUsageHint<T>(typed: string, act: () => Promise<T>, codeOf = () => 125): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ExitError && error.message === '') throw error;
    throw usageHint(typed, error, codeOf());
  }
}

export function usageHint(typed: string, error: unknown, code: number): ExitError {
  const text = `skiff: ${messageOf(error)}\n\nRun 'skiff ${typed} --help' for more information`;
  return new ExitError(text, code, { cause: error });
}

/** 127: no such program in the container; 126: it cannot be executed; 125: everything else. */
export function startExitCode(error: unknown): number {
  const text = messageOf(error);
  if (/executable file not found|no such file or directory/.test(text)) return 127;
  if (/permission denied|is a directory/.test(text)) return 126;
  return 125;
}
