/**
 * A trace for people: a line a step, indented under the step it was taken in, with when it began and how long it took.
 * The command line of a program has a line of its own below, to be copied: `$` where it was run, `≙` where the engine did
 * in a system call what a person would have typed.
 */
import type { Span, Trace } from './trace.ts';

/** Attributes that hold a command line, and the sign before it. */
const COMMANDS: Readonly<Record<string, string>> = { argv: '$', instead: '≙' };
/** Below the names of the steps. */
const MARGIN = ' '.repeat(24);

export function renderTrace({ time, spans }: Trace): string {
  const rows = spans.flatMap((span) => lines(span, '  '.repeat(depthOf(spans, span))));
  return `${time}\n${rows.join('\n')}\n`;
}

function depthOf(spans: Span[], span: Span): number {
  let depth = 0;
  for (let at = span.parent; at >= 0; at = spans[at]?.parent ?? -1) depth++;
  return depth;
}

function lines({ name, start, duration, attributes, error }: Span, indent: string): string[] {
  const took = (duration === null ? '…' : duration.toFixed(2)).padStart(9);
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const words = given.filter(([key]) => !(key in COMMANDS)).map(([key, value]) => word(key, value));
  const trouble = error === undefined ? '' : `  ✗ ${error}`;
  const row = `${start.toFixed(2).padStart(9)} ${took} ms  ${indent}${name}  ${words.join(' ')}${trouble}`;
  const commands = given.flatMap(([key, value]) =>
    key in COMMANDS ? [`${MARGIN}${indent}  ${COMMANDS[key]} ${value}`] : [],
  );
  return [row.trimEnd(), ...commands];
}

/** Ids are shown short, as everywhere else. */
function word(key: string, value: Span['attributes'][string]): string {
  return `${key}=${String(value).replaceAll(/\b[0-9a-f]{64}\b/g, (id) => id.slice(0, 12))}`;
}
