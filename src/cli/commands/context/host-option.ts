// `--docker host=…`.

import { ExitError } from '../../exit.ts';

export function hostOfOption(text: string): string | undefined {
  if (text === '') return undefined;
  for (const pair of text.split(',')) {
    const cut = pair.indexOf('=');
    const key = pair.slice(0, cut);
    if (key === 'host') return pair.slice(cut + 1);
    if (cut < 0 || !['ca', 'cert', 'key', 'skip-tls-verify'].includes(key)) {
      throw new ExitError(`unrecognized config key: ${key || pair}`);
    }
    throw new ExitError(`a context cannot hold "${key}" here: give the --tls flags with the command`);
  }
  return undefined;
}
