// One object through the `--format` of commands that print one (version, info).

import { ExitError, messageOf } from '../exit.ts';

/** 'json' or a template. */
export async function renderObject(object: unknown, format: string): Promise<string> {
  if (format === 'json') return JSON.stringify(object);
  const { parseTemplate } = await import('../output/template/template.ts');
  try {
    return parseTemplate(format).render(object, 'map');
  } catch (error) {
    throw new ExitError(`template parsing error: ${messageOf(error)}`, 64, { cause: error });
  }
}
