// Lays out a table of flags: names in one column, the explanations wrapped in a second.

import type { Flags } from './flag.ts';

/** One line or more per flag, sorted by name, at most `width` columns wide. */
export function describeFlags(flags: Flags, width: number): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => !flag.hidden)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => {
      const short = flag.short ? `-${flag.short}, ` : '    ';
      const head = `  ${short}--${name}${flag.label && ` ${flag.label}`}`;
      return { head, help: flag.help + (flag.shown ? ` (default ${flag.shown})` : '') };
    });
  const column = Math.max(0, ...rows.map((row) => row.head.length)) + 3;
  return rows.map((row) => `${row.head.padEnd(column)}${wrapText(row.help, column, width)}\n`).join('');
}

/** Breaks text at spaces and newlines; lines after the first are indented by `indent`. */
function wrapText(text: string, indent: number, width: number): string {
  // A last word may stick out a little rather than stand alone on a line.
  const slop = 5;
  const room = Math.max(24, width - indent) - slop;
  const lines: string[] = [];
  let rest = text;
  while (rest !== '') {
    const at = breakPoint(rest, room, slop);
    lines.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return lines.join('\n').replaceAll('\n', `\n${' '.repeat(indent)}`);
}

function breakPoint(text: string, room: number, slop: number): number {
  if (room + slop > text.length) return text.length;
  const head = text.slice(0, room);
  const space = Math.max(head.lastIndexOf(' '), head.lastIndexOf('\n'));
  if (space <= 0) return text.length;
  const line = head.lastIndexOf('\n');
  return line > 0 ? line : space;
}
