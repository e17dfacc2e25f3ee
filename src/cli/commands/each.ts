// Commands that do one thing to each of several names: all are tried, failures are told, one is enough for exit code 1.

import { ExitError, messageOf } from '../exit.ts';
import type { World } from '../world.ts';

/** Runs `act` on all names at once and prints in their order; a text that `act` answers is
 * printed in place of the name, '' prints nothing. */
export async function forEachName(
  names: readonly string[],
  world: World,
  act: (name: string) => Promise<unknown>,
): Promise<void> {
  const problems: string[] = [];
  const running = names.map((name) =>
    Promise.resolve(act(name)).then(
      (text) => ({ text }),
      (error: unknown) => ({ error }),
    ),
  );
  for (const [index, name] of names.entries()) {
    const done = await running[index];
    if (done && 'error' in done) problems.push(messageOf(done.error));
    else if (done?.text !== '') world.stdout.write(`${typeof done?.text === 'string' ? done.text : name}\n`);
  }
  if (problems.length > 0) throw new ExitError(problems.join('\n'));
}
