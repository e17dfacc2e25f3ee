/** `--label`: one LABEL instruction each at the end of the target, sorted by name. Pure. */
import type { LabelInstruction } from '../dockerfile/instruction.ts';
import type { Plan } from './plan.ts';

export function withLabels(plan: Plan, labels: ReadonlyMap<string, string>): Plan {
  const target = plan.stages.at(-1);
  if (!target || labels.size === 0) return plan;
  const { place } = target.stage.steps.at(-1) ?? target.stage.from;
  const added = [...labels]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]): LabelInstruction => {
      return {
        kind: 'LABEL',
        place,
        code: `LABEL ${name}=${value}`,
        pairs: [{ name, value }],
        literal: true,
      };
    });
  const stage = { ...target.stage, steps: [...target.stage.steps, ...added] };
  return { ...plan, stages: [...plan.stages.slice(0, -1), { ...target, stage }] };
}
