/**
 * The chain made visible: every layer announces its steps on one diagnostics channel. With no subscriber a step
 * costs one property read and the call itself. `trace/` subscribes, keeps and renders; nobody else imports it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';

export type StepAttributes = Record<string, string | number | boolean | undefined>;

/** One step as the subscribers see it: published when it begins, and again when it has ended. */
export interface Step {
  /** Dotted, layer first: `runtime.runc.run`, `image.snapshot.mount`. */
  name: string;
  attributes: StepAttributes;
  parent: Step | undefined;
  /** Milliseconds, `performance.now()`; `timeOrigin + start` is the wall clock. */
  start: number;
  end?: number;
  error?: unknown;
}

export const STEP_CHANNEL = 'skiff:step';

const steps = channel(STEP_CHANNEL);
const current = new AsyncLocalStorage<Step>();

/** Runs `operation` as a step called `name`, a child of the step it is called in. */
export async function step<T>(
  name: string,
  attributes: StepAttributes,
  operation: () => T | Promise<T>,
): Promise<T> {
  if (!steps.hasSubscribers) return operation();
  const mine = begin(name, attributes);
  try {
    return await current.run(mine, operation);
  } catch (error) {
    mine.error = error;
    throw error;
  } finally {
    finish(mine);
  }
}

/** `step` for what does not wait. */
export function stepSync<T>(name: string, attributes: StepAttributes, operation: () => T): T {
  if (!steps.hasSubscribers) return operation();
  const mine = begin(name, attributes);
  try {
    return current.run(mine, operation);
  } catch (error) {
    mine.error = error;
    throw error;
  } finally {
    finish(mine);
  }
}

/** A step whose end is somebody else's to tell: a request that is answered long after its handler has returned. */
export interface OpenStep {
  /** Runs `operation` inside the step. */
  run<T>(operation: () => T): T;
  /** Only the first call counts. */
  finish(attributes?: StepAttributes): void;
}

/** `undefined` when nobody listens. */
export function openStep(name: string, attributes: StepAttributes): OpenStep | undefined {
  if (!steps.hasSubscribers) return undefined;
  const mine = begin(name, attributes);
  return {
    run: (operation) => current.run(mine, operation),
    finish: (more) => {
      if (mine.end !== undefined) return;
      Object.assign(mine.attributes, more);
      finish(mine);
    },
  };
}

/** Runs `operation` as nobody's child: for what goes on after the step that set it off has ended. */
export function apart<T>(operation: () => T): T {
  return current.exit(operation);
}

/** Adds to the attributes of the step that is running, if one is being listened to. */
export function annotate(attributes: StepAttributes): void {
  const mine = current.getStore();
  if (mine) Object.assign(mine.attributes, attributes);
}

function begin(name: string, attributes: StepAttributes): Step {
  const mine: Step = { name, attributes, parent: current.getStore(), start: performance.now() };
  steps.publish(mine);
  return mine;
}

function finish(mine: Step): void {
  mine.end = performance.now();
  steps.publish(mine);
}
