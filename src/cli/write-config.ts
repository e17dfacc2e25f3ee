// Changes the user's settings file.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, ConfigFile } from './config.ts';

/** Replaces the config file in one step; only its owner may read it. The path of the file. */
export function writeConfig(config: Config, content: ConfigFile): string {
  const path = join(config.directory, 'config.json');
  const fresh = `${path}.${process.pid}`;
  mkdirSync(config.directory, { recursive: true, mode: 0o700 });
  writeFileSync(fresh, `${JSON.stringify(content, undefined, '\t')}\n`, { mode: 0o600 });
  renameSync(fresh, path);
  return path;
}
