/**
 * A bundle: the directory that the OCI runtime is pointed at, and all that a running task leaves on a file system.
 *
 *   EXEC_ROOT/bundles/ID/
 *     config.json   the OCI config          rootfs/     the mounted root file system
 *     task.json     what finds it again     attach ctl winsz pid shim.log     conmon's
 *     runc.log      runc's JSON log         exec/EXEC_ID/                     one per running exec
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, ignoring, invalidArgument } from '../core/errors.ts';
import { writeJson } from '../core/json-file.ts';
import type { Mount } from '../core/mount.ts';
import type { Undo } from '../core/undo.ts';
import { unmount, unmountInThread } from '../kernel/mount.ts';
import type { OciSpec } from './oci.ts';
import { mountOne } from './rootfs-mount.ts';

export interface Bundle {
  readonly path: string;
  readonly rootfs: string;
  readonly config: string;
  readonly record: string;
  readonly runcLog: string;
}

export function bundleAt(path: string): Bundle {
  return {
    path,
    rootfs: join(path, 'rootfs'),
    config: join(path, 'config.json'),
    record: join(path, 'task.json'),
    runcLog: join(path, 'runc.log'),
  };
}

const REMOVED = '.removed';

/** Makes the directory and mounts the root file system. What it did is pushed on `undo`. */
export function createBundle(path: string, rootfs: Mount[], undo: Undo): Bundle {
  const bundle = bundleAt(path);
  // 0711: with user namespaces the container's root has to pass through, and need not look around.
  mkdirSync(path, { mode: 0o711 });
  undo.push(() => removeBundle(bundle));
  mkdirSync(bundle.rootfs, { mode: 0o755 });
  for (const mount of rootfs) mountOne(mount, join(bundle.rootfs, mount.target ?? ''));
  refuseLinkedKernelFolders(bundle.rootfs);
  return bundle;
}

export function writeConfig(bundle: Bundle, spec: OciSpec): void {
  writeJson(bundle.config, { ...spec, root: { ...spec.root, path: bundle.rootfs } });
}

/**
 * Idempotent. It loses its name first: a shim that was started and has not come to life yet finds no bundle, and a
 * crash leaves no half one (`removeTraces` sweeps). The root is removed as an empty directory, so that nothing that
 * is mounted is ever deleted.
 */
export async function removeBundle({ path }: Bundle): Promise<void> {
  const removed = bundleAt(`${path}${REMOVED}`);
  await sweep(removed);
  if (!existsSync(path)) return;
  renameSync(path, removed.path);
  await sweep(removed);
}

async function sweep({ path, rootfs }: Bundle): Promise<void> {
  if (!existsSync(path)) return;
  await unmountRootfs({ rootfs });
  try {
    rmdirSync(rootfs);
  } catch (error) {
    ignoring('ENOENT')(error);
  }
  rmSync(path, { recursive: true, force: true });
}

/** Bundles whose removal a crash has cut short. */
export async function removeTraces(bundles: string): Promise<void> {
  for (const name of readdirSync(bundles)) {
    if (name.endsWith(REMOVED)) await sweep(bundleAt(join(bundles, name)));
  }
}

/** However many mounts lie on each other there; the first, which may have much to write back, in a thread. */
export async function unmountRootfs({ rootfs }: Pick<Bundle, 'rootfs'>): Promise<void> {
  if (!(await wasMounted(() => unmountInThread(rootfs)))) return;
  while (await wasMounted(() => unmount(rootfs)));
}

/** umount2(2): EINVAL when nothing is mounted there. */
async function wasMounted(unmountOnce: () => void | Promise<void>): Promise<boolean> {
  try {
    await unmountOnce();
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EINVAL' || errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** An image could otherwise have the runtime mount /proc, /sys or /dev over a place of its choice. */
function refuseLinkedKernelFolders(rootfs: string): void {
  for (const name of ['dev', 'proc', 'sys']) {
    const stat = lstatSync(join(rootfs, name), { throwIfNoEntry: false });
    if (stat === undefined || stat.isDirectory()) continue;
    throw invalidArgument(`the image's /${name} is not a directory: refusing to start a container on it`);
  }
}
