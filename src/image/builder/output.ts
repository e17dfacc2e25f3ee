/**
 * Stages run side by side, their output does not: it comes as if they ran one after the other, in the file's order.
 * The first stage that is not finished has the floor; what the others say meanwhile is kept, up to a bound.
 */
import type { BuildMessage } from './request.ts';

export interface StageOutput {
  send(message: BuildMessage): void;
  /** Passes the floor on. Idempotent. */
  end(): void;
}

/** As much of a waiting stage's output is kept; BuildKit's bound for a step. */
const KEPT_BYTES = 2 * 1024 * 1024;

interface Waiting {
  messages: BuildMessage[];
  bytes: number;
  clipped: boolean;
  ended: boolean;
}

/** One output for each of `count` stages, in the order in which they are to be heard. */
export function stageOutputs(count: number, emit: (message: BuildMessage) => void): StageOutput[] {
  const stages = Array.from({ length: count }, (): Waiting => {
    return { messages: [], bytes: 0, clipped: false, ended: false };
  });
  let floor = 0;
  const passOn = () => {
    while (stages[floor]?.ended) {
      floor++;
      for (const message of stages[floor]?.messages.splice(0) ?? []) emit(message);
    }
  };
  return stages.map((stage, index) => ({
    send: (message) => (index === floor ? emit(message) : keep(stage, message)),
    end: () => {
      stage.ended = true;
      passOn();
    },
  }));
}

function keep(stage: Waiting, message: BuildMessage): void {
  const bytes = message.stream?.length ?? 0;
  if (stage.bytes + bytes <= KEPT_BYTES || message.step) {
    stage.bytes += bytes;
    stage.messages.push(message);
  } else if (!stage.clipped) {
    stage.clipped = true;
    stage.messages.push({ stream: '\n[output clipped, log limit 2MiB reached]\n' });
  }
}
