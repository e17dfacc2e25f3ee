/**
 * The containers of this engine, in memory and on disk:
 *
 *   containers/<id>/config.json   the record: fsynced when made or configured
 *                   state         the latest state: written over, not fsynced, for what is lost in a power cut is
 *                                 found again at the shim (restore.ts)
 *                   log, hosts, hostname, resolv.conf, trace, upper/, work/
 *
 * A directory goes by a rename to `.removing-<id>` first, so that a crash leaves no half container; freeing what was in
 * it goes on when everybody has been answered.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { conflict, EngineError, invalidArgument } from '../../core/errors.ts';
import { isId, isIdPrefix } from '../../core/ids.ts';
import {
  readJson,
  rewriteJson,
  syncDirectoryInThread,
  writeJson,
  writeJsonDurably,
} from '../../core/json-file.ts';
import { removeFolder } from '../../kernel/remove-folder.ts';
import { type Container, noSuchContainer } from './container.ts';
import { type ContainerState, initialState, move, type Transition } from './state.ts';

const REMOVING = '.removing-';

export class ContainerStore {
  readonly #root: string;
  readonly #containers = new Map<string, Container>();
  /** Name → id; a name is here from the moment its container begins to be made. */
  readonly #names = new Map<string, string>();
  /** Directories that are being freed. */
  readonly #going = new Set<Promise<void>>();

  /** Reads every record; what a crash left half made or half removed is deleted. */
  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true, mode: 0o710 });
    for (const entry of readdirSync(root)) this.#read(entry);
  }

  directory(id: string): string {
    return join(this.#root, id);
  }

  /** By id, name or unambiguous prefix of an id. Throws `not-found` or `invalid-argument`. */
  get(reference: string): Container {
    const container = this.find(reference);
    if (!container) throw noSuchContainer(reference);
    return container;
  }

  find(reference: string): Container | undefined {
    const exact = this.#containers.get(reference);
    if (exact) return exact;
    const named = this.#names.get(reference.replace(/^\//, ''));
    if (named !== undefined) return this.#containers.get(named);
    if (!isIdPrefix(reference)) return undefined;
    const matches = this.list().filter((container) => container.id.startsWith(reference));
    if (matches.length > 1) throw invalidArgument(`Multiple IDs found with provided prefix: ${reference}`);
    return matches[0];
  }

  list(): Container[] {
    return [...this.#containers.values()];
  }

  isNameTaken(name: string): boolean {
    return this.#names.has(name);
  }

  /** Takes a name for `id`. Undo: `releaseName`. Throws `conflict` in Docker's words. */
  reserveName(name: string, id: string): void {
    const owner = this.#names.get(name);
    if (owner !== undefined) {
      throw conflict(
        `Conflict. The container name "/${name}" is already in use by container "${owner}". ` +
          'You have to remove (or rename) that container to be able to reuse that name.',
      );
    }
    this.#names.set(name, id);
  }

  releaseName(name: string): void {
    this.#names.delete(name);
  }

  /** Makes the directory that the other parts of a container go into. Undo: `discard`. */
  makeDirectory(id: string): string {
    const directory = this.directory(id);
    mkdirSync(directory, { mode: 0o710 });
    return directory;
  }

  /** From here on the container exists. Its name was reserved and its directory made before. */
  async add(container: Container): Promise<void> {
    this.#writeState(container);
    await Promise.all([
      writeJsonDurably(this.#recordPath(container), recordOf(container)),
      // The directory itself was made before.
      syncDirectoryInThread(this.#root),
    ]);
    this.#containers.set(container.id, container);
  }

  /** Changes the record; on disk when this returns, or not changed at all. */
  configure(container: Container, change: Partial<Omit<Container, 'id' | 'state' | 'version'>>): void {
    this.#writeRecord({ ...container, ...change });
    Object.assign(container, change);
  }

  /** Moves the container along the transition table, and stores the result. */
  move(
    container: Container,
    transition: Transition,
    facts: Partial<Omit<ContainerState, 'status'>> = {},
  ): void {
    container.state = move(container.state, transition, facts);
    this.#writeState(container);
  }

  /** Facts that change without a transition: a hand that stops, a counter. */
  note(container: Container, facts: Partial<Omit<ContainerState, 'status'>>): void {
    container.state = { ...container.state, ...facts };
    this.#writeState(container);
  }

  /** Forgets the container at once; its directory loses its name. Idempotent. */
  remove(container: Container): void {
    this.#containers.delete(container.id);
    if (this.#names.get(container.name) === container.id) this.#names.delete(container.name);
    this.discard(container.id);
  }

  discard(id: string): void {
    const hidden = join(this.#root, `${REMOVING}${id}`);
    try {
      renameSync(this.directory(id), hidden);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return;
    }
    // What cannot be freed now goes when the daemon comes up again.
    const going = removeFolder(hidden)
      .catch(() => {})
      .finally(() => this.#going.delete(going));
    this.#going.add(going);
  }

  /** Resolves when what was removed has been freed, too. */
  async close(): Promise<void> {
    await Promise.all(this.#going);
  }

  #read(entry: string): void {
    const path = join(this.#root, entry);
    const record = isId(entry) ? readJson<Omit<Container, 'state'>>(join(path, 'config.json')) : undefined;
    if (!record) {
      rmSync(path, { recursive: true, force: true });
      return;
    }
    if (record.version !== 1) {
      throw new EngineError('internal', `${path} was written by a newer skiff (version ${record.version})`);
    }
    const state = readState(path);
    this.#containers.set(record.id, { ...record, state });
    this.#names.set(record.name, record.id);
  }

  #writeRecord(container: Container): void {
    writeJson(this.#recordPath(container), recordOf(container), { durable: true });
  }

  #recordPath({ id }: Container): string {
    return join(this.directory(id), 'config.json');
  }

  #writeState(container: Container): void {
    rewriteJson(join(this.directory(container.id), 'state'), container.state);
  }
}

function recordOf({ state: _, ...record }: Container): Omit<Container, 'state'> {
  return record;
}

/** A power cut may have left half of it. */
function readState(directory: string): ContainerState {
  try {
    return readJson<ContainerState>(join(directory, 'state')) ?? initialState;
  } catch {
    return initialState;
  }
}
