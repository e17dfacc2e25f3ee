/** Flags and file put together. One setting in both is refused, as dockerd does: nobody could say which one counts. */
import { invalidArgument } from '../../core/errors.ts';
import type { Settings, Value } from './options.ts';

export function mergeSettings(flags: Settings, file: Settings, path: string): Settings {
  const both = [...file.keys()].filter((key) => flags.has(key));
  if (both.length > 0) {
    const list = both.map(
      (key) => `${key}: (from flag: ${show(flags.get(key))}, from file: ${show(file.get(key))})`,
    );
    throw invalidArgument(
      `unable to configure the daemon with file ${path}: the following directives are specified both as a flag and in the configuration file: ${list.join(', ')}`,
    );
  }
  return new Map([...file, ...flags]);
}

function show(value: Value | undefined): string {
  if (Array.isArray(value)) return `[${value.join(' ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
