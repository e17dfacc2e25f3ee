/** Who this engine is, for good: a random id made at the first start and kept in the data-root. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/json-file.ts';

export function engineId(dataRoot: string): string {
  const path = join(dataRoot, 'engine-id');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const id = randomUUID();
  writeFileAtomic(path, `${id}\n`, { durable: true, mode: 0o644 });
  return id;
}
