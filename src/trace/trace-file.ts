/** A container's traces: one JSON document a line in a file of its directory, the oldest dropped when it grows large. */
import { appendFile, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { errnoOf } from '../core/errors.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import type { Trace } from './trace.ts';

const LARGEST = 256 * 1024;

/**
 * So long a trace waits for others of its container. Nobody waits for it meanwhile, and the client's next request is
 * not held up by what the last one has left to write: a container that lives and dies within it costs no file at all.
 */
const GATHER_MS = 100;

interface Waiting {
  traces: Trace[];
  /** Ends the wait. */
  now: () => void;
  written: Promise<void>;
}

export class TraceFiles {
  readonly #locks = new KeyedLock();
  readonly #waiting = new Map<string, Waiting>();

  /** Resolves when it is written. A file whose directory is gone is no error: its container was removed meanwhile. */
  append(path: string, trace: Trace): Promise<void> {
    const waiting = this.#waiting.get(path) ?? this.#gather(path);
    waiting.traces.push(trace);
    return waiting.written;
  }

  /** Oldest first. A line cut by a crash is left out. */
  async read(path: string): Promise<Trace[]> {
    await this.#flush(path);
    return this.#locks.run(path, async () => {
      const text = await readFile(path, 'utf8').catch((error) => {
        if (errnoOf(error) === 'ENOENT') return '';
        throw error;
      });
      return text.split('\n').flatMap(parseLine);
    });
  }

  /** What waits is written. */
  async close(): Promise<void> {
    await Promise.all([...this.#waiting.keys()].map((path) => this.#flush(path)));
  }

  #gather(path: string): Waiting {
    const traces: Trace[] = [];
    const { promise, resolve: now } = Promise.withResolvers<void>();
    const timer = setTimeout(now, GATHER_MS);
    const written = promise.then(() => {
      clearTimeout(timer);
      this.#waiting.delete(path);
      return this.#locks.run(path, () => write(path, traces));
    });
    const waiting = { traces, now, written };
    this.#waiting.set(path, waiting);
    return waiting;
  }

  /** Errors are told to those who appended. */
  async #flush(path: string): Promise<void> {
    const waiting = this.#waiting.get(path);
    waiting?.now();
    await waiting?.written.catch(() => {});
  }
}

async function write(path: string, traces: Trace[]): Promise<void> {
  try {
    await appendFile(path, traces.map((trace) => `${JSON.stringify(trace)}\n`).join(''), { mode: 0o600 });
    if ((await stat(path)).size > LARGEST) await halve(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

async function halve(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const oldest = text.indexOf('\n', text.length - LARGEST / 2) + 1;
  await writeFile(`${path}.tmp`, text.slice(oldest), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

function parseLine(line: string): Trace[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as Trace];
  } catch {
    return [];
  }
}
