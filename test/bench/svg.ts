/** The comparison as a drawing: one group of bars for each line, each bar as long as its part of the group's longest. */
import type { Result } from './measure.ts';
import { number } from './table.ts';

const COLOURS: Record<string, string> = {
  floor: '#9aa5b1',
  skiff: '#0b7285',
  docker: '#4c8eda',
  podman: '#9c5fb5',
};
const ORDER = ['floor', 'skiff', 'docker', 'podman'];

const WIDTH = 860;
const LABELS = 330;
const BAR = 13;
const GAP = 16;
const TOP = 44;

export function svg(results: Result[]): string {
  let y = TOP;
  const groups: string[] = [];
  for (const result of results) {
    groups.push(group(result, y));
    y += contendersOf(result).length * BAR + GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 8}" font-family="system-ui, sans-serif" font-size="11">`,
    '<title>skiff, Docker and Podman side by side</title>',
    `<rect width="${WIDTH}" height="${y + 8}" fill="#ffffff"/>`,
    legend(),
    ...groups,
    '</svg>',
    '',
  ].join('\n');
}

function group(result: Result, top: number): string {
  const { line, summaries } = result;
  const names = contendersOf(result);
  const longest = Math.max(...names.map((name) => summaries[name]?.median ?? 0));
  const arrow = line.better === 'less' ? 'less is better' : 'more is better';
  const middle = top + (names.length * BAR) / 2;
  const label = `<text x="${LABELS - 12}" y="${middle - 2}" text-anchor="end" fill="#1f2933">${escaped(line.title)}</text>`;
  const note = `<text x="${LABELS - 12}" y="${middle + 10}" text-anchor="end" fill="#7b8794" font-size="9">${line.unit}, ${arrow}</text>`;
  const bars = names.map((name, index) =>
    bar(name, summaries[name]?.median ?? 0, longest, top + index * BAR),
  );
  return [label, note, ...bars].join('\n');
}

function bar(name: string, value: number, longest: number, y: number): string {
  const length = Math.max(1, (value / longest) * (WIDTH - LABELS - 90));
  const weight = name === 'skiff' ? ' font-weight="600"' : '';
  return (
    `<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR - 2}" rx="2" fill="${COLOURS[name]}"/>` +
    `<text x="${(LABELS + length + 5).toFixed(1)}" y="${y + BAR - 4}" fill="#3e4c59" font-size="10"${weight}>${number(value)}</text>`
  );
}

function legend(): string {
  return ORDER.map((name, index) => {
    const x = LABELS + index * 90;
    return `<rect x="${x}" y="14" width="11" height="11" rx="2" fill="${COLOURS[name]}"/><text x="${x + 16}" y="24" fill="#1f2933">${name}</text>`;
  }).join('\n');
}

const contendersOf = ({ summaries }: Result) => ORDER.filter((name) => summaries[name] !== undefined);

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
