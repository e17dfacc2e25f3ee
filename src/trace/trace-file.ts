/** A container's traces: one JSON document a line in a file of its directory, the oldest dropped when it grows large. */
import { appendFile, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { errnoOf } from '../core/errors.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import type { Trace } from './trace.ts';

const LARGEST = 256 * 1024;

export class TraceFiles {
  readonly #locks = new KeyedLock();

  /** A file whose directory is gone is no error: its container was removed meanwhile. */
  append(path: string, trace: Trace): Promise<void> {
    return this.#locks.run(path, async () => {
      try {
        await appendFile(path, `${JSON.stringify(trace)}\n`, { mode: 0o600 });
        if ((await stat(path)).size > LARGEST) await halve(path);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error;
      }
    });
  }

  /** Oldest first. A line cut by a crash is left out. */
  read(path: string): Promise<Trace[]> {
    return this.#locks.run(path, async () => {
      const text = await readFile(path, 'utf8').catch((error) => {
        if (errnoOf(error) === 'ENOENT') return '';
        throw error;
      });
      return text.split('\n').flatMap(parseLine);
    });
  }
}

async function halve(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const middle = text.indexOf('\n', text.length / 2) + 1;
  await writeFile(`${path}.tmp`, text.slice(middle), { mode: 0o600 });
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
