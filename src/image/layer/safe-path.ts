/**
 * Where an archive's names lead: never out of the layer. A name is cut into parent and last component; the parent is
 * opened by openat2 as if the layer were `/`, the last component is created without following anything.
 */
import { closeSync } from 'node:fs';
import { errnoOf, invalidArgument } from '../../core/errors.ts';
import { cstring, mkdirAt, O, openInRoot } from '../../kernel/path.ts';

/** `./a//b/` and `/a/b` become `a/b`, the root becomes ``. Throws `invalid-argument` if `..` leads out of it. */
export function cleanName(name: string): string {
  if (isClean(name)) return name;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) throw invalidArgument(`the name ${shown(name)} leads out of the layer`);
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

/** Directories last used, kept open: archives name the files of a directory one after the other. */
const KEPT = 64;

export class ParentDirectories {
  readonly #root: number;
  readonly #open = new Map<string, number>();

  /** `root`: a descriptor of the layer's directory; stays the caller's. */
  constructor(root: number) {
    this.#root = root;
  }

  /** A descriptor (O_PATH) that stays this object's. Directories that are missing on the way are made, 0755. */
  open(path: string): number {
    if (path === '') return this.#root;
    const kept = this.#open.get(path);
    if (kept !== undefined) return kept;
    const fd = this.#openOrMake(path);
    this.#open.set(path, fd);
    if (this.#open.size > KEPT) this.#closeOldest();
    return fd;
  }

  /** After something that may have been a parent was replaced. `inUse`: a descriptor that stays open, and known. */
  forget(inUse?: number): void {
    for (const [path, fd] of this.#open) {
      if (fd === inUse) continue;
      closeSync(fd);
      this.#open.delete(path);
    }
  }

  close(): void {
    this.forget();
  }

  #openOrMake(path: string): number {
    const flags = O.PATH | O.DIRECTORY;
    try {
      return openInRoot(this.#root, cstring(path), flags);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    const { parent, base } = splitName(path);
    mkdirAt(this.open(parent), cstring(base), 0o755);
    return openInRoot(this.#root, cstring(path), flags);
  }

  #closeOldest(): void {
    const [oldest] = this.#open;
    if (!oldest) return;
    this.#open.delete(oldest[0]);
    closeSync(oldest[1]);
  }
}
