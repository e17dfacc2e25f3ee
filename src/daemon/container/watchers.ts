/** Who waits for what becomes of a container: `wait`, `stop`, `restart` and foreground removals. */
import type { Exit } from '../../runtime/task.ts';

export interface Outcome {
  exit: Exit;
  /** Why a start failed, when that is what ended the wait. */
  error?: string;
}

type Kind = 'exit' | 'removed';
type Listener = (outcome: Outcome) => void;

export class Watchers {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Returns the undo. The listener is called once at most. */
  once(kind: Kind, id: string, listener: Listener): () => void {
    const key = `${kind} ${id}`;
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  tell(kind: Kind, id: string, outcome: Outcome): void {
    const key = `${kind} ${id}`;
    const listeners = this.#listeners.get(key);
    this.#listeners.delete(key);
    for (const listener of listeners ?? []) listener(outcome);
  }

  /** Resolves with the next outcome; rejects with the signal's reason when it is aborted first. */
  next(kind: Kind, id: string, signal?: AbortSignal): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        forget();
        reject(signal?.reason);
      };
      const forget = this.once(kind, id, (outcome) => {
        signal?.removeEventListener('abort', onAbort);
        resolve(outcome);
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
