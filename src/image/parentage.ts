/** Which image was committed or built from which. Never a ring: an archive may name any parent, its own descendant, too. */
import type { Digest } from '../core/digest.ts';

export class Parentage {
  readonly #parents = new Map<Digest, Digest>();

  of(id: Digest): Digest | undefined {
    return this.#parents.get(id);
  }

  /** A parent that comes from the image itself is none. */
  set(id: Digest, parent: Digest): void {
    if (!this.#comesFrom(parent, id)) this.#parents.set(id, parent);
  }

  keepOnly(isKnown: (id: Digest) => boolean): void {
    for (const id of this.#parents.keys()) if (!isKnown(id)) this.#parents.delete(id);
  }

  #comesFrom(id: Digest | undefined, ancestor: Digest): boolean {
    return id !== undefined && (id === ancestor || this.#comesFrom(this.#parents.get(id), ancestor));
  }
}
