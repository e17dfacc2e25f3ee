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
  'builder prune': entry(() => import('./builder/prune.ts')),
  'checkpoint create': entry(() => import('./checkpoint/create.ts')),
  'checkpoint ls': entry(() => import('./checkpoint/ls.ts'), 'checkpoint list'),
  'checkpoint rm': entry(() => import('./checkpoint/rm.ts'), 'checkpoint remove'),
  'container attach': entry(() => import('./container/attach.ts'), 'attach'),
  'container commit': entry(() => import('./container/commit.ts'), 'commit'),
  'container cp': entry(() => import('./container/cp.ts'), 'cp'),
  'container create': entry(() => import('./container/create.ts'), 'create'),
  'container diff': entry(() => import('./container/diff.ts'), 'diff'),
  'container exec': entry(() => import('./container/exec.ts'), 'exec'),
  'container exec-kill': entry(() => import('./container/exec-kill.ts')),
  'container execs': entry(() => import('./container/execs.ts')),
  'container export': entry(() => import('./container/export.ts'), 'export'),
  'container inspect': entry(() => import('./container/inspect.ts')),
  'container kill': entry(() => import('./container/kill.ts'), 'kill'),
  'container logs': entry(() => import('./container/logs.ts'), 'logs'),
  'container ls': entry(() => import('./container/ls.ts'), 'container list', 'container ps', 'ps'),
  'container pause': entry(() => import('./container/pause.ts'), 'pause'),
  'container port': entry(() => import('./container/port.ts'), 'port'),
  'container prune': entry(() => import('./container/prune.ts')),
  'container rename': entry(() => import('./container/rename.ts'), 'rename'),
  'container restart': entry(() => import('./container/restart.ts'), 'restart'),
  'container rm': entry(() => import('./container/rm.ts'), 'container remove', 'rm'),
  'container run': entry(() => import('./container/run.ts'), 'run'),
  'container start': entry(() => import('./container/start.ts'), 'start'),
  'container stats': entry(() => import('./container/stats.ts'), 'stats'),
  'container stop': entry(() => import('./container/stop.ts'), 'stop'),
  'container top': entry(() => import('./container/top.ts'), 'top'),
  'container unpause': entry(() => import('./container/unpause.ts'), 'unpause'),
  'container update': entry(() => import('./container/update.ts'), 'update'),
  'container wait': entry(() => import('./container/wait.ts'), 'wait'),
  'context create': entry(() => import('./context/create.ts')),
  'context export': entry(() => import('./context/export.ts')),
  'context import': entry(() => import('./context/import.ts')),
  'context inspect': entry(() => import('./context/inspect.ts')),
  'context ls': entry(() => import('./context/ls.ts'), 'context list'),
  'context rm': entry(() => import('./context/rm.ts'), 'context remove'),
  'context show': entry(() => import('./context/show.ts')),
  'context update': entry(() => import('./context/update.ts')),
  'context use': entry(() => import('./context/use.ts')),
  'image build': entry(() => import('./image/build.ts'), 'build', 'builder build'),
  'image history': entry(() => import('./image/history.ts'), 'history'),
  'image import': entry(() => import('./image/import.ts'), 'import'),
  'image inspect': entry(() => import('./image/inspect.ts')),
  'image load': entry(() => import('./image/load.ts'), 'load'),
  'image ls': entry(() => import('./image/ls.ts'), 'image list', 'images'),
  'image prune': entry(() => import('./image/prune.ts')),
  'image pull': entry(() => import('./image/pull.ts'), 'pull'),
  'image push': entry(() => import('./image/push.ts'), 'push'),
  'image rm': entry(() => import('./image/rm.ts'), 'image remove', 'rmi'),
  'image save': entry(() => import('./image/save.ts'), 'save'),
  'image tag': entry(() => import('./image/tag.ts'), 'tag'),
  'network connect': entry(() => import('./network/connect.ts')),
  'network create': entry(() => import('./network/create.ts')),
  'network disconnect': entry(() => import('./network/disconnect.ts')),
  'network inspect': entry(() => import('./network/inspect.ts')),
  'network ls': entry(() => import('./network/ls.ts'), 'network list'),
  'network prune': entry(() => import('./network/prune.ts')),
  'network rm': entry(() => import('./network/rm.ts'), 'network remove'),
  'system df': entry(() => import('./system/df.ts')),
  'system dial-stdio': entry(() => import('./system/dial-stdio.ts')),
  'system events': entry(() => import('./system/events.ts'), 'events'),
  'system info': entry(() => import('./system/info.ts'), 'info'),
  'system prune': entry(() => import('./system/prune.ts')),
  'volume create': entry(() => import('./volume/create.ts')),
  'volume inspect': entry(() => import('./volume/inspect.ts')),
  'volume ls': entry(() => import('./volume/ls.ts'), 'volume list'),
  'volume prune': entry(() => import('./volume/prune.ts')),
  'volume rm': entry(() => import('./volume/rm.ts'), 'volume remove'),
  'volume update': entry(() => import('./volume/update.ts')),
  completion: entry(() => import('./completion.ts')),
  fsck: entry(() => import('./fsck.ts')),
  inspect: entry(() => import('./inspect.ts')),
  login: entry(() => import('./login.ts')),
  logout: entry(() => import('./logout.ts')),
  ports: entry(() => import('./ports.ts')),
  search: entry(() => import('./search.ts')),
  trace: entry(() => import('./trace.ts')),
  version: entry(() => import('./version.ts')),
};

export const groups: Readonly<Record<string, string>> = {
  builder: 'Manage builds',
  checkpoint: 'Manage checkpoints',
  container: 'Manage containers',
  context: 'Manage contexts',
  image: 'Manage images',
  network: 'Manage networks',
  system: 'Manage Skiff',
  volume: 'Manage volumes',
};

/** Commands of Docker's client that this one does not have, with the reason. */
export const unavailable: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['config', 'node', 'secret', 'service', 'stack', 'swarm'].map((name) => [
      name,
      'the engine has no swarm mode',
    ]),
  ),
  buildx: "images are built with 'skiff build'",
  bake: "images are built with 'skiff build'",
  compose: "use 'docker compose' with DOCKER_HOST set to the engine's socket",
  manifest: 'the engine makes no manifest lists',
  plugin: 'the engine has no plugins',
  trust: 'the engine verifies images by digest, not by signatures of this kind',
};

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
