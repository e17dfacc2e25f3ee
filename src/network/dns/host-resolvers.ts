/** The host's own resolvers, for names that are not ours: resolv.conf(5), read again when it has changed. */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';

/** How old the answer may be, milliseconds. */
const FRESH = 1000;

export class HostResolvers {
  readonly #path: string;
  #servers: string[] = [];
  #changed = -1;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
  }

  servers(): string[] {
    if (performance.now() - this.#looked < FRESH) return this.#servers;
    this.#looked = performance.now();
    const changed = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed !== this.#changed)
      this.#servers = changed === 0 ? [] : parse(readFileSync(this.#path, 'utf8'));
    this.#changed = changed;
    return this.#servers;
  }
}

function parse(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [word, address = ''] = line.trim().split(/\s+/);
    return word === 'nameserver' && isIP(address.split('%')[0] ?? '') ? [address] : [];
  });
}
