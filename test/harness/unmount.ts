/** Takes away what an engine that is gone left mounted. */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';

/** Unmounts all below some folders, last first. */
export async function unmountBelow(...roots: string[]): Promise<void> {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => roots.some((root) => point.startsWith(`${root}/`)));
  for (const point of points.reverse()) await execa('umount', ['--lazy', point], { reject: false });
}
