// One object through the `--format` of commands that print one (version, info).

import { ExitError, messageOf } from '../exit.ts';
import type { World } from '../world.ts';

export interface ObjectFormat {
  /** 'json' or a template. */
  text: string;
  /** The Go type that errors name for the object. */
  type: string;
  /** What errors call the template. */
  name?: string;
}

/** Throws for a template that is none. What the returned function printed of one that fails stays printed, as with Go's. */
export async function objectPrinter(
  { text, type, name = '' }: ObjectFormat,
  world: World,
): Promise<(object: object) => void> {
  if (text === 'json') return (object) => void world.stdout.write(`${JSON.stringify(object)}\n`);
  const { parseTemplate, TemplateError } = await import('../../template/template.ts');
  const template = parsing(() => parseTemplate(text, name));
  return (object) => {
    let printed = '';
    try {
      printed = template.render(object, type);
    } catch (error) {
      if (error instanceof TemplateError) printed = error.printed;
      throw new ExitError(messageOf(error), 1, { cause: error });
    } finally {
      world.stdout.write(`${printed}\n`);
    }
  };
}

function parsing<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new ExitError(`template parsing error: ${messageOf(error)}`, 64, { cause: error });
  }
}
