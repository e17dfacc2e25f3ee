/**
 * The root filesystem of a container, for one job: of a running one what its first process sees, by a descriptor of
 * /proc/<pid>/root; of another one its snapshot and its volumes, mounted by the thread that does the job (view.ts).
 */

import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../../core/errors.ts';
import { Undo } from '../../../core/undo.ts';
import { O } from '../../../kernel/path.ts';
import type { Task } from '../../../runtime/task.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { unlessRemoved } from '../lock.ts';
import { attachMounts } from '../mounts/attach.ts';
import { networkFilesOf } from '../network.ts';
import type { Root } from './job.ts';
import type { View, ViewPoint } from './view.ts';

/** The root as the container sees it, volumes and all. It is open, and its volumes mounted, while `use` runs. */
export function withContainerRoot<T>(
  engine: Engine,
  container: Container,
  use: (root: Root) => Promise<T>,
): Promise<T> {
  return unlessRemoved(engine, container, () => useContainerRoot(engine, container, use));
}

async function useContainerRoot<T>(
  engine: Engine,
  container: Container,
  use: (root: Root) => Promise<T>,
): Promise<T> {
  const undo = new Undo();
  try {
    const fd = openOfRunning(engine.tasks.get(container.id), 'root', O.PATH | O.DIRECTORY);
    if (fd === undefined) return await use({ view: await viewWithVolumes(engine, container, undo) });
    undo.push(() => closeSync(fd));
    return await use({ fd });
  } finally {
    for (const error of await undo.run()) engine.logger.warn({ err: error }, 'a volume stays mounted');
  }
}

/** The root's own file system only, writable: what is mounted on it in the container, and how, is not seen. */
export function withBareRoot<T>(
  engine: Engine,
  container: Container,
  use: (root: Root) => Promise<T>,
): Promise<T> {
  return unlessRemoved(engine, container, () => useBareRoot(engine, container, use));
}

async function useBareRoot<T>(
  engine: Engine,
  container: Container,
  use: (root: Root) => Promise<T>,
): Promise<T> {
  const namespace = openOfRunning(engine.tasks.get(container.id), 'ns/mnt', O.RDONLY);
  const undo = new Undo();
  try {
    if (namespace === undefined) return await use({ view: viewOf(engine, container, undo) });
    undo.push(() => closeSync(namespace));
    return await use({ namespace });
  } finally {
    await undo.run();
  }
}

/**
 * Something of its first process in /proc; undefined if it does not run any more. The pid may have been given away by
 * the time the link is opened; only a process in the container's own control group is the container's.
 */
function openOfRunning(task: Task | undefined, link: 'root' | 'ns/mnt', flags: number): number | undefined {
  if (!task) return undefined;
  const fd = openUnlessGone(`/proc/${task.pid}/${link}`, flags);
  if (fd === undefined || task.pids().includes(task.pid)) return fd;
  closeSync(fd);
  return undefined;
}

function openUnlessGone(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

async function viewWithVolumes(engine: Engine, container: Container, undo: Undo): Promise<View> {
  const user = `files-${randomBytes(6).toString('hex')}`;
  const sources = await attachMounts(engine, container, undo, user);
  const points = container.mounts
    .filter(({ Type }) => Type !== 'tmpfs')
    .map(({ Destination, RW }) => ({
      source: sources.get(Destination) ?? '',
      target: Destination,
      readOnly: !RW,
    }));
  const readOnly = container.hostConfig.ReadonlyRootfs === true;
  const view = viewOf(engine, container, undo);
  return { ...view, points: [...points, ...networkPoints(engine, container)], readOnly };
}

/** Its hosts, hostname and resolv.conf, as they were when it ran; what a mount of its own covers is not among them. */
function networkPoints(engine: Engine, container: Container): ViewPoint[] {
  const { hosts, hostname, resolvConf } = networkFilesOf(engine, container);
  const files = { '/etc/hosts': hosts, '/etc/hostname': hostname, '/etc/resolv.conf': resolvConf };
  return Object.entries(files)
    .filter(([target, source]) => existsSync(source) && !isCovered(container, target))
    .map(([target, source]) => ({ source, target, readOnly: false }));
}

const isCovered = ({ mounts }: Container, target: string) =>
  mounts.some(({ Destination = '' }) => target === Destination || target.startsWith(`${Destination}/`));

function viewOf(engine: Engine, container: Container, undo: Undo): View {
  const place = join(engine.settings.execRoot, 'view');
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const image = engine.images.find(container.imageId);
  const directory = engine.containers.directory(container.id);
  const work = makeWork(directory, undo);
  return {
    place,
    rootfs: engine.images.snapshotMounts({ directory, image, work }),
    points: [],
    readOnly: false,
  };
}

/**
 * The kernel empties the work directory that a mount is given, under the hands of another mount that uses it
 * (fs/overlayfs, ovl_workdir_create): then one of two fails, or a container cannot write to its root any more. Hence a
 * view has its own, which after a crash the next daemon deletes (ContainerStore). On a full disk it can only be read.
 */
function makeWork(directory: string, undo: Undo): string | null {
  try {
    const work = mkdtempSync(join(dirname(directory), '.view-'));
    undo.push(() => rmSync(work, { recursive: true, force: true }));
    return work;
  } catch (error) {
    if (errnoOf(error) === 'ENOSPC') return null;
    throw error;
  }
}
