// How a command ends early: with a message for stderr, and an exit code.

/** The message is printed as it stands; an empty one prints nothing. */
export class ExitError extends Error {
  readonly code: number;

  constructor(message: string, code = 1, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
