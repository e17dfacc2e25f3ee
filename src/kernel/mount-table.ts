/** What is mounted where in this process's namespace: /proc/self/mountinfo (proc(5)). */
import { readFileSync } from 'node:fs';

/** Mount points at `directory` or below it, deepest last. The path must be free of links, as the kernel shows it. */
export function mountsBelow(directory: string): string[] {
  const points = mountPoints().filter((point) => point === directory || point.startsWith(`${directory}/`));
  return points.sort((a, b) => a.length - b.length);
}

/** Every mount point, in the order of mounting; one that is mounted over is named once for each layer. */
export function mountPoints(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => plain(line.split(' ')[4] ?? ''));
}

/** Blank, tab, newline and backslash are written as octal numbers. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
}
