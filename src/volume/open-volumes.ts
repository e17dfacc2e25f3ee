/** Opens the volume layer: what other layers call, told as the operations below it. */

import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { newId } from '../core/ids.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import { treeUsage } from '../core/tree-size.ts';
import { mountPoints } from '../kernel/mount-table.ts';
import { createVolume } from './create.ts';
import { fillVolume } from './fill.ts';
import { MountUsers } from './mount-users.ts';
import { removeVolume } from './remove.ts';
import { VolumeStore } from './store.ts';
import { openSubpath } from './subpath.ts';
import type { Volumes } from './volume.ts';

export interface VolumeOptions {
  /** The data-root; `volumes/` below it is this layer's. */
  root: string;
  logger: Logger;
}

export async function openVolumes({ root, logger }: VolumeOptions): Promise<Volumes> {
  const store = new VolumeStore(join(root, 'volumes'), logger);
  const users = new MountUsers(store);
  const locks = new KeyedLock();
  return {
    get: (name) => store.get(name),
    find: (name) => store.find(name),
    list: () => store.list(),
    create: (request) => {
      const name = request.name || newId();
      return locks.run(name, () => createVolume(store, name, request));
    },
    remove: (name) => locks.run(name, () => removeVolume(store, users, name)),
    mount: (name, user) => locks.run(name, () => users.mount(store.get(name), user)),
    unmount: (name, user) => locks.run(name, () => users.unmount(name, user)),
    mountpoint: (name) => store.dataOf(store.get(name).name),
    fill: async (name, subpath, fill) => {
      const place = store.placeOf(store.get(name).name);
      if (!mountPoints().includes(store.dataOf(name))) return fillVolume(place, subpath, fill);
      const fd = openSubpath(store.dataOf(name), subpath || '.', 'volume');
      try {
        await fill(`/proc/self/fd/${fd}`);
      } finally {
        closeSync(fd);
      }
    },
    openSubpath: (name, subpath) => openSubpath(store.dataOf(store.get(name).name), subpath, 'volume'),
    size: (name) => treeUsage(store.dataOf(store.get(name).name)),
    close: async () => {},
  };
}
