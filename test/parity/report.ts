/** The outcome of a scenario as a Markdown table, with every difference below it. */
import type { Difference } from './compare.ts';
import type { Answer } from './play.ts';

export interface Outcome {
  title: string;
  ours: Answer;
  theirs: Answer;
  differences: Difference[];
}

export function report(name: string, outcomes: Outcome[]): string {
  const same = outcomes.filter(({ differences }) => differences.length === 0).length;
  const rows = outcomes.map(({ title, ours, theirs, differences }) =>
    [
      cell(title),
      ours.status,
      theirs.status,
      differences.length === 0 ? 'same' : `${differences.length} differ`,
    ].join(' | '),
  );
  return [
    `### ${name}: ${same} of ${outcomes.length} steps the same`,
    '',
    '| step | skiffd | dockerd | answer |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    ...outcomes.flatMap(details),
  ].join('\n');
}

function details({ title, differences }: Outcome): string[] {
  if (differences.length === 0) return [];
  const lines = differences.map(
    ({ path, ours, theirs }) => `- \`${path}\`: ${show(ours)}, dockerd ${show(theirs)}`,
  );
  return ['', `**${title}**`, '', ...lines];
}

const show = (value: unknown) =>
  value === undefined ? 'absent' : `\`${JSON.stringify(value)?.slice(0, 200)}\``;

const cell = (text: string) => `\`${text.replaceAll('|', '\\|').slice(0, 100)}\``;
