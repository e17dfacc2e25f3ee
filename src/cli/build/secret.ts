// `--secret`: what a step may ask for by its id, from a file or a variable of this machine. Read when it is asked for.

import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExitError } from '../exit.ts';
import { systemReason } from '../input-file.ts';
import { readFields } from './fields.ts';

export type Secret = { readonly id: string } & ({ readonly file: string } | { readonly variable: string });
type Env = Readonly<Record<string, string | undefined>>;

/** As buildx has it. */
const largest = 500 * 1024;

/** `id=token,src=FILE`, `id=token,env=NAME`, `id=token` for a variable or else a file of that name. */
export function parseSecret(text: string, env: Env): Secret {
  const fields = readFields(text, ['type', 'id', 'source', 'src', 'env']);
  const { type = '', id, env: named } = fields;
  if (type !== '' && type !== 'file' && type !== 'env')
    throw new ExitError(`unsupported secret type ${JSON.stringify(type)}`);
  if (!id) throw new ExitError(`secret missing ID: ${text}`);
  const source = fields.source ?? fields.src;
  const variable = named ?? (type === 'env' ? (source ?? id) : undefined);
  if (variable !== undefined) return { id, variable };
  if (source === undefined && type === '' && env[id] !== undefined) return { id, variable: id };
  return { id, file: checkedFile(source ?? id) };
}

export async function readSecret(secret: Secret, env: Env): Promise<Buffer> {
  if ('variable' in secret) return Buffer.from(env[secret.variable] ?? '');
  return readFile(secret.file);
}

function checkedFile(name: string): string {
  const path = resolve(name);
  if (!existsSync(path)) throw new ExitError(`failed to stat ${name}: no such file or directory`);
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new ExitError(`secret ${name} is not a file`);
    if (stats.size > largest) throw new ExitError(`secret ${name} too big. max size 500KB`);
  } catch (error) {
    if (error instanceof ExitError) throw error;
    throw new ExitError(`failed to stat ${name}: ${systemReason(error)}`, 1, { cause: error });
  }
  return path;
}
