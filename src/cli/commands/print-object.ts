// One object through the `--format` of commands that print one (version, info).

import { ExitError, messageOf } from '../exit.ts';
import type { World } from '../world.ts';

/** 'json' or a template; `type` is the Go type that errors name for the object. */
export async function printObject(object: object, format: string, type: string, world: World): Promise<void> {
  if (format === 'json') {
    world.stdout.write(`${JSON.stringify(object)}\n`);
    return;
  }
  const { parseTemplate } = await import('../../template/template.ts');
  const template = refusing(64, 'template parsing error: ', () => parseTemplate(format));
  let text = '';
  try {
    text = refusing(1, '', () => template.render(object, type));
  } finally {
    world.stdout.write(`${text}\n`);
  }
}

function refusing<T>(code: number, words: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new ExitError(words + messageOf(error), code, { cause: error });
  }
}
