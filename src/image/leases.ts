/** Holds on things that nothing names yet, so that garbage collection leaves them to the operation that makes them. */
export interface Lease<K> {
  hold(key: K): void;
  release(): void;
}

export class Leases<K> {
  readonly #held = new Map<K, number>();

  isHeld(key: K): boolean {
    return this.#held.has(key);
  }

  lease(): Lease<K> {
    const mine = new Set<K>();
    const hold = (key: K) => {
      if (mine.has(key)) return;
      mine.add(key);
      this.#held.set(key, (this.#held.get(key) ?? 0) + 1);
    };
    const release = () => {
      for (const key of mine) {
        const others = (this.#held.get(key) ?? 1) - 1;
        if (others === 0) this.#held.delete(key);
        else this.#held.set(key, others);
      }
      mine.clear();
    };
    return { hold, release };
  }
}
