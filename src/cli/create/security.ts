// `--security-opt`.

import { readText } from './files.ts';

export interface Security {
  readonly SecurityOpt: string[];
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
  return { SecurityOpt, ...(open && { MaskedPaths: [], ReadonlyPaths: [] }) };
}

function compactJson(path: string): string {
  try {
    return JSON.stringify(JSON.parse(readText(path)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`opening seccomp profile (${path}) failed: ${reason}`, { cause: error });
  }
}
