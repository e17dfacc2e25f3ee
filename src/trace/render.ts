/** A trace for people: a line a step, indented under the step it was taken in, with when it began and how long it took. */
import type { Span, Trace } from './trace.ts';

export function renderTrace({ time, spans }: Trace): string {
  const rows = spans.map((span) => line(span, depthOf(spans, span)));
  return `${time}\n${rows.join('\n')}\n`;
}

function depthOf(spans: Span[], span: Span): number {
  let depth = 0;
  for (let at = span.parent; at >= 0; at = spans[at]?.parent ?? -1) depth++;
  return depth;
}

function line({ name, start, duration, attributes, error }: Span, depth: number): string {
  const took = duration === null ? '…'.padStart(9) : `${duration.toFixed(2).padStart(9)}`;
  const words = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [word(key, value)],
  );
  const trouble = error === undefined ? '' : `  ✗ ${error}`;
  return `${start.toFixed(2).padStart(9)} ${took} ms  ${'  '.repeat(depth)}${name}  ${words.join(' ')}${trouble}`.trimEnd();
}

/** Ids are shown short, as everywhere else. */
function word(key: string, value: string | number | boolean): string {
  const text = String(value);
  return `${key}=${/^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text}`;
}
