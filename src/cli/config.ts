// The user's settings: ~/.skiff/config.json, and for what that lacks, Docker's own ~/.docker/config.json.

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ExitError, messageOf } from './exit.ts';

export interface AuthEntry {
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

export interface ConfigFile {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly HttpHeaders?: Readonly<Record<string, string>>;
  readonly detachKeys?: string;
  readonly currentContext?: string;
  readonly psFormat?: string;
  readonly imagesFormat?: string;
  readonly networksFormat?: string;
  readonly volumesFormat?: string;
  readonly statsFormat?: string;
  /** 'label!=keep': added to what every prune is asked. */
  readonly pruneFilters?: readonly string[];
  readonly proxies?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Config {
  readonly directory: string;
  /** The settings in force. */
  readonly file: ConfigFile;
}

export function readConfig(
  directory: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const home = env.HOME || homedir();
  const own = directory ?? env.SKIFF_CONFIG ?? join(home, '.skiff');
  const file = readConfigFile(own);
  if (file || directory !== undefined) return { directory: own, file: file ?? {} };
  return { directory: own, file: readConfigFile(env.DOCKER_CONFIG ?? join(home, '.docker')) ?? {} };
}

/** The settings of one directory, or undefined when it has none. */
export function readConfigFile(directory: string): ConfigFile | undefined {
  const path = join(directory, 'config.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    throw new ExitError(`cannot read ${path}: ${messageOf(error)}`, 1, { cause: error });
  }
}
