/** A trace: one request (or whatever else began by itself), with every step that was taken for it. */
import type { Step, StepAttributes } from '../core/step.ts';

export interface Span {
  /** Dotted, layer first: `runtime.runc.run`. */
  name: string;
  /** Index of the step it was taken in; -1 for the first. */
  parent: number;
  /** Milliseconds since the trace began. */
  start: number;
  /** Milliseconds; null: it had not ended when the trace did. */
  duration: number | null;
  attributes: StepAttributes;
  error?: string;
}

/** A parent stands before its children. One line of a container's `trace` file. */
export interface Trace {
  /** RFC 3339. */
  time: string;
  spans: Span[];
}

const round = (milliseconds: number) => Math.round(milliseconds * 1000) / 1000;

/** Steps in the order in which they began, the root first. */
export function makeTrace(steps: readonly Step[], timeOrigin: number): Trace {
  const index = new Map(steps.map((step, at) => [step, at]));
  const zero = steps[0]?.start ?? 0;
  return {
    time: new Date(timeOrigin + zero).toISOString(),
    spans: steps.map(({ name, parent, start, end, attributes, error }) => ({
      name,
      parent: (parent && index.get(parent)) ?? -1,
      start: round(start - zero),
      duration: end === undefined ? null : round(end - start),
      attributes,
      ...(error === undefined ? {} : { error: error instanceof Error ? error.message : String(error) }),
    })),
  };
}

/** The containers that the steps were about: those named by a `container.*` step. */
const tells = (name: string) => name.startsWith('container.') && name !== 'container.logs';

export function containersOf({ spans }: Trace): string[] {
  const ids = spans.flatMap(({ name, attributes }) => (tells(name) ? [attributes.id] : []));
  return [...new Set(ids.filter((id) => typeof id === 'string'))];
}
