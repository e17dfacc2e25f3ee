/** An event as a line of the stream. */
import { olderThan } from '../../../api/version.ts';
import type { EngineEvent } from '../../../core/events.ts';

/** Nanoseconds since 1970 do not fit a double: they are written digit by digit (JSON.rawJSON, ES2026). */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

export function eventLine(event: EngineEvent, apiVersion: string): string {
  return JSON.stringify({
    ...(olderThan(apiVersion, '1.52') && oldWords(event)),
    Type: event.type,
    Action: event.action,
    Actor: { ID: event.actor.id, Attributes: event.actor.attributes },
    scope: 'local',
    time: Number(event.timeNano / 1_000_000_000n),
    timeNano: rawJSON(String(event.timeNano)),
  });
}

/** What events looked like before API 1.22; sent besides until 1.51. */
function oldWords({ type, action, actor }: EngineEvent) {
  if (type === 'image') return { status: action, id: actor.id };
  if (type === 'container') return { status: action, id: actor.id, from: actor.attributes.image ?? '' };
  return {};
}
