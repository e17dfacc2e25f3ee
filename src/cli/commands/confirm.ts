// A question with yes or no; the end of input is a no.

import type { World } from '../world.ts';

export async function confirm(question: string, world: World): Promise<boolean> {
  world.stdout.write(`${question} [y/N] `);
  const line = await readLine(world);
  return line.trim().toLowerCase() === 'y';
}

/** One line of stdin without its end; what is left of stdin is given up. */
export async function readLine(world: World): Promise<string> {
  let text = '';
  for await (const chunk of world.stdin) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0]?.replace(/\r$/, '') ?? '';
}
