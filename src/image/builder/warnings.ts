/** What a Dockerfile does that its author may not want: said before the build begins. Pure. */
import type { Dockerfile, StepInstruction } from './dockerfile/instruction.ts';
import type { Plan } from './stages/plan.ts';

export function collectWarnings(
  dockerfile: Dockerfile,
  plan: Plan,
  given: ReadonlyMap<string, string>,
): string[] {
  const steps = [...dockerfile.globalArgs, ...plan.stages.flatMap(({ stage }) => stage.steps)];
  return [
    ...dockerfile.warnings,
    ...plan.warnings.map((text) => `[Warning] ${text}`),
    ...[...new Set(steps.flatMap((step) => secretsIn(step, given)))].map((text) => `[Warning] ${text}`),
  ];
}

const SECRET = /(?:^|_)(?:apikey|auth|credentials?|key|passw(?:or)?d|pword|passphrase|secret|token)(?:_|$)/i;
const PUBLIC = /(?:^|_)public(?:_|$)/i;

/** A value of ARG or ENV can be read by everybody who has the image: `docker history` shows it. */
function secretsIn(step: StepInstruction, given: ReadonlyMap<string, string>): string[] {
  if (step.kind === 'ARG') {
    const valued = step.args.filter(({ name, value }) => given.has(name) || Boolean(value));
    return valued.filter(({ name }) => looksSecret(name)).map(({ name }) => warning('ARG', name));
  }
  if (step.kind !== 'ENV') return [];
  return step.pairs.filter(({ name }) => looksSecret(name)).map(({ name }) => warning('ENV', name));
}

function looksSecret(name: string): boolean {
  return SECRET.test(name) && !PUBLIC.test(name);
}

function warning(kind: string, name: string): string {
  const advice = 'its value can be read in the image; use RUN --mount=type=secret';
  return `Do not use ARG or ENV instructions for sensitive data (${kind} "${name}"): ${advice}`;
}
