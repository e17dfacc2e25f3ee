/**
 * What `runc exec` prints until it is known that the process runs. runc says why a start failed on the stderr that is
 * to become the process's, and the engine says so itself: what was held is dropped then, or the client reads it twice.
 */
import type { Session } from '../attach/session.ts';
import type { OutputStream } from '../task.ts';

export class HeldOutput {
  readonly released: Promise<void>;
  readonly #session: Session;
  readonly #release: () => void;
  #held: { stream: OutputStream; bytes: Uint8Array }[] | undefined = [];

  constructor(session: Session) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.released = promise;
    this.#release = resolve;
    this.#session = session;
  }

  /** `bytes` may be used again by the caller. */
  say(stream: OutputStream, bytes: Uint8Array): void {
    if (this.#held) this.#held.push({ stream, bytes: Uint8Array.from(bytes) });
    else this.#session.output(stream, bytes);
  }

  release(): void {
    for (const { stream, bytes } of this.#held ?? []) this.#session.output(stream, bytes);
    this.#held = undefined;
    this.#release();
  }
}
