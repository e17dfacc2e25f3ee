/**
 * /dev/shm that others may join (`--ipc shareable`, joined by `--ipc container:ID`): a tmpfs of ours that is bound
 * into each of them. With a private one the tmpfs is in the OCI config and nothing is needed here.
 */
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, ignoring, invalidArgument } from '../../core/errors.ts';
import type { Undo } from '../../core/undo.ts';
import { MS, mount, unmount } from '../../kernel/mount.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { sharedWith } from './network.ts';

const DEFAULT_SIZE = 64 * 1024 * 1024;

export const shmSize = ({ hostConfig }: Container) => hostConfig.ShmSize || DEFAULT_SIZE;

/** The directory to bind at /dev/shm; `undefined` where the container has its own or the host's. */
export function prepareSharedMemory(engine: Engine, container: Container, undo: Undo): string | undefined {
  const mode = container.hostConfig.IpcMode ?? '';
  const other = sharedWith(mode);
  if (other !== undefined) return sharedMemoryOf(engine, engine.containers.get(other));
  if (mode !== 'shareable') return undefined;
  const target = directory(engine, container.id);
  mkdirSync(target, { recursive: true });
  undo.push(() => removeSharedMemory(engine, container.id));
  mount('shm', target, 'tmpfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, `mode=1777,size=${shmSize(container)}`);
  return target;
}

/** What others are given of a container's. Throws `invalid-argument` if it keeps it to itself. */
function sharedMemoryOf(engine: Engine, { id, hostConfig: { IpcMode } }: Container): string {
  if (IpcMode === 'host') return '/dev/shm';
  if (IpcMode === 'shareable') return directory(engine, id);
  const other = sharedWith(IpcMode);
  if (other !== undefined) return sharedMemoryOf(engine, engine.containers.get(other));
  throw invalidArgument(
    `container ${id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
  );
}

/** Idempotent; those who joined it keep it until they end. */
export async function removeSharedMemory(engine: Engine, id: string): Promise<void> {
  const target = directory(engine, id);
  try {
    rmdirSync(target);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    unmount(target);
    try {
      rmdirSync(target);
    } catch (again) {
      ignoring('ENOENT')(again);
    }
  }
}

const directory = (engine: Engine, id: string) => join(engine.settings.execRoot, 'shm', id);
