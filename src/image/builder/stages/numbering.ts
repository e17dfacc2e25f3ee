/** Numbers the steps of a build as Docker does: through all stages, FROM and the ARGs before it included. Pure. */
import type { Build } from '../build.ts';

export interface Numbering {
  total: number;
  /** Number of a stage's FROM, by the stage's index. */
  first: Map<number, number>;
}

export function numberSteps({ dockerfile, plan }: Pick<Build, 'dockerfile' | 'plan'>): Numbering {
  const first = new Map<number, number>();
  let next = dockerfile.globalArgs.length + 1;
  for (const { stage } of plan.stages) {
    first.set(stage.index, next);
    next += 1 + stage.steps.length;
  }
  return { total: next - 1, first };
}
