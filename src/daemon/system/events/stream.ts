/** GET /events: what happened since, then what happens, a JSON object a line, until a time or until the client goes. */
import type { Writable } from 'node:stream';
import { type EngineEvent, type EventBus, nowNano } from '../../../core/events.ts';

export interface EventsRequest {
  since: bigint | undefined;
  until: bigint | undefined;
  matches: (event: EngineEvent) => boolean;
  write: (event: EngineEvent) => string;
}

/** A client that has so many bytes waiting does not read; it is let go. */
const WAITING_MAX = 4 * 1024 * 1024;
/** setTimeout(3) of Node takes at most 2^31 - 1 ms; nobody waits that long for a line. */
const LONGEST_WAIT = 2 ** 31 - 1;

export function streamEvents(bus: EventBus, request: EventsRequest, response: Writable): void {
  const { since, until, matches, write } = request;
  const send = (event: EngineEvent) => {
    if (until !== undefined && event.timeNano > until) return;
    if (!matches(event)) return;
    response.write(`${write(event)}\n`);
    if (response.writableLength > WAITING_MAX) response.destroy();
  };
  if (since !== undefined || until !== undefined) {
    for (const event of bus.past()) if (event.timeNano >= (since ?? 0n)) send(event);
  }
  const left = until === undefined ? undefined : Number((until - nowNano()) / 1_000_000n);
  if (left !== undefined && left <= 0) {
    response.end();
    return;
  }
  const unsubscribe = bus.subscribe(send);
  const timer =
    left === undefined ? undefined : setTimeout(() => response.end(), Math.min(left, LONGEST_WAIT));
  response.on('close', () => {
    unsubscribe();
    clearTimeout(timer);
  });
}
