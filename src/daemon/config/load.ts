/** From command line to configuration: flags, then the file they name, then both together. */
import type { CommandLine } from './command-line.ts';
import { type DaemonConfig, settle } from './config.ts';
import { readConfigFile } from './file.ts';
import { mergeSettings } from './merge.ts';

const DEFAULT_CONFIG_FILE = '/etc/skiff/daemon.json';

export function loadConfig({ settings }: CommandLine): DaemonConfig {
  const named = settings.get('config-file') as string | undefined;
  const path = named ?? DEFAULT_CONFIG_FILE;
  return settle(mergeSettings(settings, readConfigFile(path, named !== undefined), path));
}
