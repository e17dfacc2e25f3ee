/** At most `size` operations at once; the rest queue in order. */
export class Limit {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(size: number) {
    this.#free = size;
  }

  /** The next operation would have to wait. */
  get isFull(): boolean {
    return this.#free === 0;
  }

  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  /** `giveWay` lets those go first who wait now, and resolves when it is the operation's turn again. */
  async run<T>(operation: (giveWay: () => Promise<void>) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#turn();
    try {
      return await operation(() => this.#giveWay());
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }

  async #giveWay(): Promise<void> {
    const next = this.#waiting.shift();
    if (!next) return;
    const turn = this.#turn();
    next();
    await turn;
  }

  #turn(): Promise<void> {
    return new Promise((admit) => this.#waiting.push(admit));
  }
}
