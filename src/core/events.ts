/**
 * What happened, told to whoever listens: Docker's event messages. An event is published after the state it tells
 * of is stored. The last 256 are kept and replayed, as dockerd does.
 */
export type EventType = 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder' | 'plugin';

export interface EngineEvent {
  type: EventType;
  /** `create`, `start`, `die`, `exec_create: /bin/sh` … */
  action: string;
  actor: { id: string; attributes: Record<string, string> };
  /** Wall clock, nanoseconds since 1970. */
  timeNano: bigint;
}

export type EventListener = (event: EngineEvent) => void;

const KEPT = 256;

export class EventBus {
  readonly #kept: EngineEvent[] = [];
  readonly #listeners = new Set<EventListener>();

  publish(type: EventType, action: string, id: string, attributes: Record<string, string> = {}): void {
    const event: EngineEvent = { type, action, actor: { id, attributes }, timeNano: nowNano() };
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** The events still kept, oldest first. */
  past(): readonly EngineEvent[] {
    return this.#kept;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Returns the undo. A listener must not throw and must not wait. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

let last = 0n;

/** Strictly increasing, so that `since` never shows an event twice. */
export function nowNano(): bigint {
  const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n;
  last = now > last ? now : last + 1n;
  return last;
}
