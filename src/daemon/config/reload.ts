/** SIGHUP: the configuration is read again, and what can change under a running daemon changes. */
import { isDeepStrictEqual } from 'node:util';
import type { DaemonConfig } from './config.ts';

/** The rest is built into open layers, sockets and names of kernel objects. */
const LIVE = ['logLevel', 'labels', 'shutdownTimeout'] as const satisfies (keyof DaemonConfig)[];

export interface Reloaded {
  changed: string[];
  /** Different now, but only for the next start. */
  waiting: string[];
}

/** Changes `config` in place: whoever holds it sees the new values. */
export function applyConfig(config: DaemonConfig, fresh: DaemonConfig): Reloaded {
  const names = Object.keys(fresh) as (keyof DaemonConfig)[];
  const different = names.filter((name) => !isDeepStrictEqual(config[name], fresh[name]));
  const isLive = (name: keyof DaemonConfig) => LIVE.some((live) => live === name);
  const { logLevel, labels, shutdownTimeout } = fresh;
  Object.assign(config, { logLevel, labels, shutdownTimeout });
  return { changed: different.filter(isLive), waiting: different.filter((name) => !isLive(name)) };
}
