/**
 * "Every acquire has its undo beside it." An operation of several steps pushes the undo of each step as it
 * succeeds; if a later one fails, `run` takes them back in reverse. A failing undo is reported, never hidden,
 * and does not stop the others.
 */
export type UndoStep = () => void | Promise<void>;

export class Undo {
  readonly #steps: UndoStep[] = [];

  push(step: UndoStep): void {
    this.#steps.push(step);
  }

  /** Takes everything back, last first. Returns what went wrong on the way. */
  async run(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}

/** Runs `operation`; if it throws, what it pushed is undone first, then the error goes on. */
export async function withUndo<T>(operation: (undo: Undo) => Promise<T>): Promise<T> {
  const undo = new Undo();
  try {
    return await operation(undo);
  } catch (error) {
    const failures = await undo.run();
    if (failures.length === 0) throw error;
    throw new AggregateError([error, ...failures], messageWithUndo(error), { cause: error });
  }
}

function messageWithUndo(error: unknown): string {
  return `${error instanceof Error ? error.message : String(error)} (and its clean-up failed)`;
}
