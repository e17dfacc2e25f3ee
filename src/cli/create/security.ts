// `--security-opt`.

import { messageOf } from '../exit.ts';
import { readText } from './files.ts';

export interface Security {
  readonly SecurityOpt: string[] | null;
  readonly MaskedPaths?: string[];
  readonly ReadonlyPaths?: string[];
}

/** A seccomp profile travels as the content of its file; `systempaths=unconfined` is not an option but two lists. */
export function securityOptions(options: readonly string[]): Security {
  const open = options.includes('systempaths=unconfined');
  const kept = options.filter((option) => option !== 'systempaths=unconfined');
  const SecurityOpt = kept.map((option) => {
    const [key, value = ''] = option.split(/[=:](.*)/s);
    if (key !== 'no-new-privileges' && !/[=:]/.test(option))
      throw new Error(`Invalid --security-opt: ${JSON.stringify(option)}`);
    if (key !== 'seccomp' || value === 'unconfined' || value === 'builtin') return option;
    return `seccomp=${compactJson(value)}`;
  });
  return {
    SecurityOpt: SecurityOpt.length > 0 ? SecurityOpt : null,
    ...(open && { MaskedPaths: [], ReadonlyPaths: [] }),
  };
}

function compactJson(path: string): string {
  const text = attempt(`opening seccomp profile (${path}) failed`, () => readText(path));
  return attempt(`compacting json for seccomp profile (${path}) failed`, () =>
    JSON.stringify(JSON.parse(text)),
  );
}

function attempt<T>(words: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`${words}: ${messageOf(error)}`, { cause: error });
  }
}
