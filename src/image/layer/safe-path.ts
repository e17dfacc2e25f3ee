/**
 * Where an archive's names lead: never out of the layer. A name is cut into parent and last component; the parent is
 * opened by openat2 as if the layer were `/` (parents.ts), the last component is created without following anything.
 */
import { invalidArgument } from '../../core/errors.ts';

/** What becomes of a name whose `..` leads out of the layer: an error, or the way ends at the root as in a chroot. */
export type Outside = 'refused' | 'root';

/** `./a//b/` and `/a/b` become `a/b`, the root becomes ``. Throws `invalid-argument` for what is outside, if refused. */
export function cleanName(name: string, outside: Outside = 'refused'): string {
  if (isClean(name)) return name;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined && outside === 'refused')
        throw invalidArgument(`the name ${shown(name)} leads out of the layer`);
    } else if (part !== '' && part !== '.') {
      parts.push(part);
    }
  }
  return parts.join('/');
}

/** True for most names, cheaply: nothing to drop, nothing to resolve. */
function isClean(name: string): boolean {
  return name !== '' && !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name);
}

export function splitName(path: string): { parent: string; base: string } {
  const slash = path.lastIndexOf('/');
  return slash < 0
    ? { parent: '', base: path }
    : { parent: path.slice(0, slash), base: path.slice(slash + 1) };
}

/** Bytes (latin1) for an error message. */
export function shown(name: string): string {
  const text = Buffer.from(name, 'latin1').toString('utf8');
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
