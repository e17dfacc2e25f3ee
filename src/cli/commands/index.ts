// Every command there is: its full name, its other spellings, and where it is loaded from when it is called.

import type { Command } from '../command.ts';

export interface Entry {
  /** Other spellings, in the order that help shows. */
  readonly aliases: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: each command has flags of its own type.
  readonly load: () => Promise<{ readonly command: Command<any> }>;
}

function entry(load: Entry['load'], ...aliases: readonly string[]): Entry {
  return { load, aliases };
}

export const commands: Readonly<Record<string, Entry>> = {
  'container attach': entry(() => import('./container/attach.ts'), 'attach'),
  'container create': entry(() => import('./container/create.ts'), 'create'),
  'container exec': entry(() => import('./container/exec.ts'), 'exec'),
  'container inspect': entry(() => import('./container/inspect.ts')),
  'container kill': entry(() => import('./container/kill.ts'), 'kill'),
  'container logs': entry(() => import('./container/logs.ts'), 'logs'),
  'container ls': entry(() => import('./container/ls.ts'), 'container list', 'container ps', 'ps'),
  'container pause': entry(() => import('./container/pause.ts'), 'pause'),
  'container port': entry(() => import('./container/port.ts'), 'port'),
  'container rename': entry(() => import('./container/rename.ts'), 'rename'),
  'container restart': entry(() => import('./container/restart.ts'), 'restart'),
  'container rm': entry(() => import('./container/rm.ts'), 'container remove', 'rm'),
  'container run': entry(() => import('./container/run.ts'), 'run'),
  'container start': entry(() => import('./container/start.ts'), 'start'),
  'container stop': entry(() => import('./container/stop.ts'), 'stop'),
  'container top': entry(() => import('./container/top.ts'), 'top'),
  'container unpause': entry(() => import('./container/unpause.ts'), 'unpause'),
  'container wait': entry(() => import('./container/wait.ts'), 'wait'),
  'image history': entry(() => import('./image/history.ts'), 'history'),
  'image inspect': entry(() => import('./image/inspect.ts')),
  'image load': entry(() => import('./image/load.ts'), 'load'),
  'image ls': entry(() => import('./image/ls.ts'), 'image list', 'images'),
  'image rm': entry(() => import('./image/rm.ts'), 'image remove', 'rmi'),
  'image save': entry(() => import('./image/save.ts'), 'save'),
  'image tag': entry(() => import('./image/tag.ts'), 'tag'),
  'system info': entry(() => import('./system/info.ts'), 'info'),
  inspect: entry(() => import('./inspect.ts')),
  version: entry(() => import('./version.ts')),
};

export const groups: Readonly<Record<string, string>> = {
  container: 'Manage containers',
  image: 'Manage images',
  system: 'Manage Skiff',
};

/** Groups that Docker's client has and this engine does not serve, with the reason. */
export const unavailableGroups: Readonly<Record<string, string>> = {};

/** What most people need, at the top of the help. */
export const commonCommands: readonly string[] = [
  'run',
  'exec',
  'ps',
  'build',
  'pull',
  'push',
  'images',
  'login',
  'logout',
  'search',
  'version',
  'info',
];
