/** Volumes that a container will have once it is made: nobody removes them meanwhile. */
export class VolumeClaims {
  readonly #claims = new Map<string, Set<string>>();

  claim(containerId: string, volume: string): void {
    const claimed = this.#claims.get(containerId) ?? new Set();
    this.#claims.set(containerId, claimed.add(volume));
  }

  /** All that the container claims, or one of them. Idempotent. */
  release(containerId: string, volume?: string): void {
    if (volume === undefined) this.#claims.delete(containerId);
    else this.#claims.get(containerId)?.delete(volume);
  }

  /** Pairs of container and volume. */
  *list(): Generator<{ id: string; name: string }> {
    for (const [id, names] of this.#claims) for (const name of names) yield { id, name };
  }
}
