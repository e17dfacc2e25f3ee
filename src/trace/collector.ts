/**
 * Listens to the steps that every layer announces, and puts those that belong together into one trace. Nothing is
 * written while a step runs: a trace is handed on when its first step has ended.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { STEP_CHANNEL, type Step } from '../core/step.ts';
import { makeTrace, type Trace } from './trace.ts';

/** A trace with more steps than this keeps its first ones. */
const MOST_STEPS = 512;

/** Steps of roots that never end (a client attached for days) are let go of beyond this many. */
const MOST_OPEN = 256;

export class TraceCollector {
  readonly #open = new Map<Step, Step[]>();
  readonly #hand: (trace: Trace) => void;

  /** `hand` is called outside the operation that was traced, and must not throw. */
  constructor(hand: (trace: Trace) => void) {
    this.#hand = hand;
    subscribe(STEP_CHANNEL, this.#listen);
  }

  close(): void {
    unsubscribe(STEP_CHANNEL, this.#listen);
    this.#open.clear();
  }

  readonly #listen = (message: unknown): void => {
    const step = message as Step;
    if (step.end === undefined) this.#begun(step);
    else if (step.parent === undefined) this.#ended(step);
  };

  #begun(step: Step): void {
    if (step.parent === undefined) {
      if (this.#open.size >= MOST_OPEN) this.#forgetOldest();
      this.#open.set(step, [step]);
      return;
    }
    const steps = this.#open.get(rootOf(step));
    if (steps && steps.length < MOST_STEPS) steps.push(step);
  }

  #ended(root: Step): void {
    const steps = this.#open.get(root);
    this.#open.delete(root);
    if (steps && steps.length > 1) setImmediate(() => this.#hand(makeTrace(steps, performance.timeOrigin)));
  }

  #forgetOldest(): void {
    const [oldest] = this.#open.keys();
    if (oldest) this.#open.delete(oldest);
  }
}

function rootOf(step: Step): Step {
  let root = step;
  while (root.parent) root = root.parent;
  return root;
}
