/** The byte sequence that lets a client go from a terminal without ending what runs in it. */
import { invalidArgument } from '../../core/errors.ts';

/** ctrl-p ctrl-q. */
export const DEFAULT_DETACH_KEYS: Uint8Array = Uint8Array.of(16, 17);

const CONTROL = /^ctrl-([@a-z[\\\]^_])$/;

/** From `ctrl-p,ctrl-q`, `a`, `DEL` … Empty text: Docker's default. Throws `invalid-argument` for anything else. */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === '') return DEFAULT_DETACH_KEYS;
  return Uint8Array.from(text.split(','), (key) => {
    const code = keyCode(key);
    if (code === undefined) throw invalidArgument(`Invalid detach keys (${text}) provided`);
    return code;
  });
}

/** ASCII: control codes are the letter's code without its upper bits. */
function keyCode(key: string): number | undefined {
  if (key === 'DEL') return 127;
  const control = CONTROL.exec(key)?.[1];
  if (control !== undefined) return control.charCodeAt(0) & 0x1f;
  return key.length === 1 && key.charCodeAt(0) < 128 ? key.charCodeAt(0) : undefined;
}

/** Looks for the sequence over the borders of chunks; what may be its beginning is held back until that is known. */
export class DetachScanner {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** `forward`: the bytes meant for the process, the sequence itself not among them. */
  scan(chunk: Uint8Array): { forward: Uint8Array; detached: boolean } {
    if (this.#keys.length === 0) return { forward: chunk, detached: false };
    const forward: number[] = [];
    for (const byte of chunk) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#keys.length) return { forward: Uint8Array.from(forward), detached: true };
        continue;
      }
      forward.push(...this.#keys.subarray(0, this.#matched));
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) forward.push(byte);
      else if (this.#keys.length === 1) return { forward: Uint8Array.from(forward), detached: true };
    }
    return { forward: Uint8Array.from(forward), detached: false };
  }
}
