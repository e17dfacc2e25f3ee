/** The results as a Markdown table: medians, p95 in brackets, ratios to what stands beside, and whether targets are met. */
import type { Result } from './measure.ts';
import type { Summary } from './statistics.ts';

const COLUMNS = ['floor', 'skiff', 'docker', 'podman'] as const;

export function table(results: Result[]): string {
  const head = ['line', ...COLUMNS, 'skiff ÷ floor', 'skiff ÷ docker', 'skiff ÷ podman', 'target'];
  const rows = [head, head.map(() => '---'), ...results.map(row)];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The lines on which skiff is not where it should be, in words. */
export function behind(results: Result[]): string {
  const missed = results.flatMap(({ line, targets }) =>
    targets.filter(({ met }) => !met).map(({ text }) => `- ${line.title}: target ${text} missed`),
  );
  return missed.length === 0 ? 'Every target is met.' : `Behind target:\n${missed.join('\n')}`;
}

function row({ line, summaries, targets }: Result): string[] {
  return [
    `${line.title} (${line.unit})`,
    ...COLUMNS.map((name) => cell(summaries[name])),
    ...(['floor', 'docker', 'podman'] as const).map((name) => ratio(summaries.skiff, summaries[name])),
    targets.map(({ text, met }) => `${met ? '✓' : '✗'} ${text}`).join('; ') || '–',
  ];
}

function cell(summary: Summary | undefined): string {
  if (!summary) return '–';
  return summary.samples.length < 3
    ? number(summary.median)
    : `${number(summary.median)} (${number(summary.p95)})`;
}

function ratio(ours: Summary | undefined, theirs: Summary | undefined): string {
  return ours && theirs ? `${(ours.median / theirs.median).toFixed(2)}×` : '–';
}

export function number(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
