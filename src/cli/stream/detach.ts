// The key sequence that leaves a container: found in what is typed, and kept from the container.

import { Transform } from 'node:stream';
import type { Config } from '../config.ts';

export const defaultDetachKeys = 'ctrl-p,ctrl-q';

/** 'ctrl-p,ctrl-q' as bytes. */
export function parseDetachKeys(text: string): Uint8Array {
  const bytes = text.split(',').map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1];
    if (control) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
    throw new Error(`Unknown character: '${key}'`);
  });
  return Uint8Array.from(bytes);
}

/** Passes bytes on; when the sequence is complete, calls `onDetach` and ends. */
export function detachFilter(keys: Uint8Array, onDetach: () => void): Transform {
  let matched = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const kept: number[] = [];
      for (const byte of chunk) {
        if (byte === keys[matched]) {
          matched++;
          if (matched === keys.length) {
            done(null, Buffer.from(kept));
            this.push(null);
            onDetach();
            return;
          }
          continue;
        }
        // A broken-off sequence was typing after all.
        kept.push(...keys.subarray(0, matched));
        matched = byte === keys[0] ? 1 : 0;
        if (matched === 0) kept.push(byte);
      }
      done(null, Buffer.from(kept));
    },
  });
}

/** The sequence in force: the flag's, the configured one, Docker's. */
export function detachKeysOf(flag: string, config: Config): string {
  const keys = flag || config.file.detachKeys || defaultDetachKeys;
  parseDetachKeys(keys);
  return keys;
}
