/** The end of a volume: its file system is unmounted, its directory renamed away and freed. */
import { conflict } from '../core/errors.ts';
import { step } from '../core/step.ts';
import { mountsBelow } from '../kernel/mount-table.ts';
import type { MountUsers } from './mount-users.ts';
import type { VolumeStore } from './store.ts';

/** Throws `conflict` while anything is mounted in it: deleting would go through the mount into what is not the volume's. */
export function removeVolume(store: VolumeStore, users: MountUsers, name: string): Promise<void> {
  store.get(name);
  return step('volume.remove', { volume: name }, async () => {
    users.release(name);
    const [mounted] = mountsBelow(store.dataOf(name));
    if (mounted) throw conflict(`remove ${name}: volume is in use: ${mounted} is mounted`);
    await store.remove(name);
  });
}
