// `inspect` of anything: the engine's JSON, indented, or through a template. What was found is printed even
// when something else was not.

import { ExitError, messageOf } from '../exit.ts';
import type { World } from '../world.ts';

export interface InspectOptions {
  readonly names: readonly string[];
  readonly format: string;
  readonly fetch: (name: string) => Promise<unknown>;
}

export async function inspectObjects(options: InspectOptions, world: World): Promise<void> {
  const template = await templateOf(options.format);
  const problems: string[] = [];
  const shown: string[] = [];
  for (const name of options.names) {
    try {
      const object = await options.fetch(name);
      shown.push(
        template ? template(object) : options.format === 'json' ? JSON.stringify(object) : indented(object),
      );
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  if (options.format === '') world.stdout.write(shown.length > 0 ? `[\n${shown.join(',\n')}\n]\n` : '[]\n');
  else if (options.format === 'json') world.stdout.write(`[${shown.join(',')}]\n`);
  else world.stdout.write(shown.length > 0 ? shown.map((text) => `${text}\n`).join('') : '\n');
  if (problems.length > 0) throw new ExitError(problems.join('\n'));
}

async function templateOf(format: string): Promise<((object: unknown) => string) | undefined> {
  if (format === '' || format === 'json') return undefined;
  const { parseTemplate } = await import('../../template/template.ts');
  const template = compile(() => parseTemplate(format));
  return (object) => {
    try {
      return template.render(object, 'map');
    } catch (error) {
      throw new ExitError(`template parsing error: ${messageOf(error)}`, 1, { cause: error });
    }
  };
}

function compile<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new ExitError(`template parsing error: ${messageOf(error)}`, 64, { cause: error });
  }
}

function indented(object: unknown): string {
  return JSON.stringify(object, undefined, 4).replace(/^/gm, '    ');
}
