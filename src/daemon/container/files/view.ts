/**
 * The root filesystem of a container that does not run, mounted for one job: its snapshot, with its volumes and binds
 * in it. In a mount namespace of its own, so that nobody sees it and nothing of it is left. Runs in a worker.
 */
import { closeSync, statSync, writeFileSync } from 'node:fs';
import { errnoOf } from '../../../core/errors.ts';
import type { Mount } from '../../../core/mount.ts';
import { ParentDirectories } from '../../../image/layer/parents.ts';
import { MS, mount } from '../../../kernel/mount.ts';
import { createMountView, type MountView } from '../../../kernel/mount-namespace.ts';
import { O, openInRoot } from '../../../kernel/path.ts';
import { mountOne } from '../../../runtime/rootfs-mount.ts';

export interface View {
  /** An empty directory to mount on, the same for all views. */
  place: string;
  /** The first is the root filesystem. */
  rootfs: Mount[];
  points: ViewPoint[];
  /** The root filesystem, not the points. */
  readOnly: boolean;
}

export interface ViewPoint {
  /** On the host. */
  source: string;
  /** Absolute in the container. */
  target: string;
  readOnly: boolean;
}

export function openView(view: View): MountView {
  return createMountView(view.place, () => {
    for (const part of view.rootfs) mountOne(part, view.place);
    return (root) => {
      for (const point of [...view.points].sort(byDepth)) mountPoint(root, point);
      if (view.readOnly) mount('none', through(root), '', MS.REMOUNT | MS.BIND | MS.RDONLY);
    };
  });
}

const byDepth = (a: ViewPoint, b: ViewPoint) => a.target.split('/').length - b.target.split('/').length;

function mountPoint(root: number, { source, target, readOnly }: ViewPoint): void {
  const over = openOrMake(root, target, statSync(source).isDirectory());
  try {
    mount(source, through(over), '', MS.BIND | MS.REC);
  } finally {
    closeSync(over);
  }
  if (!readOnly) return;
  const on = openInRoot(root, target, O.PATH);
  try {
    mount('none', through(on), '', MS.REMOUNT | MS.BIND | MS.RDONLY);
  } finally {
    closeSync(on);
  }
}

/** What is mounted over, made if the container has never run; links stay inside the root. */
function openOrMake(root: number, target: string, isDirectory: boolean): number {
  try {
    return openInRoot(root, target, O.PATH);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const path = Buffer.from(target).toString('latin1').replace(/^\/+/, '');
  const parents = new ParentDirectories(root);
  try {
    const slash = path.lastIndexOf('/');
    const parent = parents.open(isDirectory ? path : path.slice(0, Math.max(0, slash)));
    if (!isDirectory)
      writeFileSync(entryPath(parent, path.slice(slash + 1)), '', { flag: 'wx', mode: 0o755 });
  } finally {
    parents.close();
  }
  return openInRoot(root, target, O.PATH);
}

/** `wx` does not follow a link at the end (open(2), O_EXCL). */
const entryPath = (dir: number, name: string) =>
  Buffer.concat([Buffer.from(`${through(dir)}/`), Buffer.from(name, 'latin1')]);

/** The link in /proc leads to what the descriptor holds, by no name. */
const through = (fd: number) => `/proc/self/fd/${fd}`;
