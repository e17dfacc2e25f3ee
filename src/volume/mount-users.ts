/** Which containers use a volume right now. One with options is mounted for the first and unmounted by the last. */
import { lookup } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { EngineError, invalidArgument, messageOf } from '../core/errors.ts';
import { step } from '../core/step.ts';
import { MS, mount, unmount } from '../kernel/mount.ts';
import { mountPoints } from '../kernel/mount-table.ts';
import { parseMountOptions } from './options.ts';
import type { VolumeStore } from './store.ts';
import type { Volume } from './volume.ts';

export class MountUsers {
  readonly #store: VolumeStore;
  readonly #users = new Map<string, Set<string>>();

  constructor(store: VolumeStore) {
    this.#store = store;
  }

  /** The directory of the data. A user may come twice, as it does when the daemon restarts under it. */
  async mount(volume: Volume, user: string): Promise<string> {
    const directory = this.#store.dataOf(volume.name);
    const users = this.#users.get(volume.name) ?? new Set();
    if (hasFileSystem(volume) && users.size === 0 && !isMounted(directory)) {
      await step('volume.mount', { volume: volume.name }, () => mountOver(volume, directory));
    }
    this.#users.set(volume.name, users.add(user));
    return directory;
  }

  async unmount(name: string, user: string): Promise<boolean> {
    const users = this.#users.get(name);
    if (!users?.delete(user)) return false;
    if (users.size === 0) this.release(name);
    return true;
  }

  /** Nobody uses it any more, whatever was counted: also right for what a daemon before this one mounted. */
  release(name: string): void {
    this.#users.delete(name);
    const volume = this.#store.find(name);
    if (!volume || !hasFileSystem(volume)) return;
    const directory = this.#store.dataOf(name);
    while (isMounted(directory)) unmount(directory);
  }
}

const hasFileSystem = (volume: Volume) => volume.options.type !== undefined;

const isMounted = (directory: string) => mountPoints().includes(directory);

async function mountOver(volume: Volume, directory: string): Promise<void> {
  const { type = '', device = '', o = '' } = volume.options;
  const { flags, data } = parseMountOptions(type === 'nfs' || type === 'cifs' ? await withAddress(o) : o);
  try {
    mount(device, directory, flags & MS.BIND ? 'none' : type, flags, data || undefined);
    // mount(2): a bind mount takes no other flag until it is remounted.
    const others = flags & ~(MS.BIND | MS.REC);
    if (flags & MS.BIND && others) mount(device, directory, 'none', MS.BIND | MS.REMOUNT | others);
  } catch (error) {
    throw failure({ device, directory, flags, data }, error);
  }
}

/** The kernel's nfs takes `addr=` as a number only; mount.nfs(8) would have looked a name up. */
async function withAddress(options: string): Promise<string> {
  const name = /(?:^|,)addr=([^,]*)/.exec(options)?.[1];
  if (!name || isIPv4(name) || isIPv6(name)) return options;
  try {
    const { address } = await lookup(name);
    return options.replace(`addr=${name}`, `addr=${address}`);
  } catch (error) {
    throw invalidArgument(`error resolving passed in network volume address: ${messageOf(error)}`, error);
  }
}

/** Docker's words, without what may be a password. */
function failure(
  { device, directory, flags, data }: { device: string; directory: string; flags: number; data: string },
  error: unknown,
): EngineError {
  const attempt = [
    `mount ${device}:${directory}`,
    ...(flags === 0 ? [] : [`flags: 0x${flags.toString(16)}`]),
    ...(data === '' ? [] : [`data: ${data.replace(/password=[^,]*/g, 'password=********')}`]),
  ];
  // `ENODEV: no such device, mount '…'`: Docker has only the middle.
  const why = /^[A-Z0-9]+: ([^,]*)/.exec(messageOf(error))?.[1] ?? messageOf(error);
  return new EngineError(
    'internal',
    `error while mounting volume '${directory}': failed to mount local volume: ${attempt.join(', ')}: ${why}`,
    { cause: error },
  );
}
