/** What is mounted where in this process's namespace: /proc/self/mountinfo (proc(5)). */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { O } from './path.ts';

/** Mount points at `directory` or below it, deepest last. The path must be free of links, as the kernel shows it. */
export function mountsBelow(directory: string): string[] {
  const points = mountPoints().filter((point) => point === directory || point.startsWith(`${directory}/`));
  return points.sort((a, b) => a.length - b.length);
}

export interface HoldingMount {
  /** Where it is mounted. */
  point: string;
  /** Mounts below come and go here as they do with its peers (mount_namespaces(7)). */
  isShared: boolean;
  /** Here as there, but not there as here. */
  isSlave: boolean;
}

/**
 * The mount that `path` lies in, links followed: in another thread, since a file server may keep it waiting. Rejects with
 * what open(2) says of a path that is not there.
 */
export async function mountOf(path: string): Promise<HoldingMount | undefined> {
  const file = await open(path, O.PATH);
  try {
    const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${file.fd}`, 'utf8'))?.[1] ?? '';
    return findMount(readFileSync('/proc/self/mountinfo', 'utf8'), id);
  } finally {
    await file.close();
  }
}

/** In the text of a mountinfo. Between the sixth field and a hyphen stand those that not every mount has. */
export function findMount(table: string, id: string): HoldingMount | undefined {
  const fields = table
    .split('\n')
    .find((line) => line.startsWith(`${id} `))
    ?.split(' ');
  if (fields === undefined) return undefined;
  const optional = fields.slice(6, fields.indexOf('-', 6));
  const has = (name: string) => optional.some((field) => field.startsWith(`${name}:`));
  return { point: plain(fields[4] ?? ''), isShared: has('shared'), isSlave: has('master') };
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
