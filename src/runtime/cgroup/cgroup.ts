/** A container's control groups, whichever version the host has: cgroups(7), Documentation/admin-guide/cgroup-v{1,2}. */
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, ignoring } from '../../core/errors.ts';
import type { TaskStats } from '../task.ts';
import { cgroupV1 } from './v1.ts';
import { cgroupV2 } from './v2.ts';

export interface Cgroup {
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Times the kernel killed in it for want of memory; undefined if that cannot be known. */
  oomKills(): number | undefined;
  stats(): TaskStats;
  /** The directory whose members are the container's processes. */
  readonly main: string;
}

/** Directories by controller (v1), or `{ '': path }` (v2), as runc's state.json has them. */
export type CgroupPaths = Record<string, string>;

export function openCgroup(paths: CgroupPaths): Cgroup {
  const unified = unifiedGroup(paths);
  return unified === undefined ? cgroupV1(paths) : cgroupV2(unified);
}

/** The one directory of version 2; undefined on a host with version 1. */
export function unifiedGroup(paths: CgroupPaths): string | undefined {
  return Object.keys(paths).length === 1 ? paths[''] : undefined;
}

export const MOUNT_POINT = '/sys/fs/cgroup';

/** The group above those of an engine's containers. */
export function parentOf(instance: string): string {
  return `/${instance}`;
}

/** Removes the parent from every hierarchy where nothing is in it any more. */
export function removeEmptyParents(instance: string): void {
  for (const hierarchy of ['.', ...readdirSync(MOUNT_POINT)]) {
    try {
      rmdirSync(join(MOUNT_POINT, hierarchy, parentOf(instance)));
    } catch (error) {
      ignoring('ENOENT', 'ENOTDIR', 'EBUSY', 'ENOTEMPTY')(error);
    }
  }
}

/** Groups right below the engine's own, in every hierarchy, by name. */
export function strayGroups(instance: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const hierarchy of ['.', ...readdirSync(MOUNT_POINT)]) {
    const parent = join(MOUNT_POINT, hierarchy, parentOf(instance));
    for (const name of foldersIn(parent) ?? [])
      groups.set(name, [...(groups.get(name) ?? []), join(parent, name)]);
  }
  return groups;
}

/** All processes in `directory` and below it. Empty if it is gone. */
export function pidsIn(directory: string): number[] {
  return foldersBelow(directory).flatMap(membersOf);
}

/** Tries after which an occupied group is given up, waiting twice as long each time: about a second in all. */
const REMOVE_TRIES = 10;

/**
 * Removes each directory with what is below it. A group whose last process has just ended may answer EBUSY for a
 * moment, and nothing tells when it no longer does.
 */
export async function removeCgroups(paths: CgroupPaths): Promise<void> {
  for (const directory of new Set(Object.values(paths))) {
    for (let attempt = 0; !removeTree(directory, attempt === REMOVE_TRIES); attempt++)
      await sleep(2 ** attempt);
  }
}

function removeTree(directory: string, last: boolean): boolean {
  try {
    // Most have nothing below them; one that has answers EBUSY too.
    if (removeLeaf(directory)) return true;
    for (const folder of foldersBelow(directory).reverse()) rmdirSync(folder);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    if (errnoOf(error) !== 'EBUSY' || last) throw error;
    return false;
  }
}

function removeLeaf(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    ignoring('EBUSY', 'ENOTEMPTY')(error);
    return false;
  }
}

/** `directory` first, each folder before what is in it. Empty if it is gone. */
function foldersBelow(directory: string): string[] {
  const inside = foldersIn(directory);
  return inside ? [directory, ...inside.flatMap((name) => foldersBelow(join(directory, name)))] : [];
}

/** Names of the folders right in `directory`; undefined if it is gone. */
function foldersIn(directory: string): string[] | undefined {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    ignoring('ENOENT', 'ENOTDIR')(error);
    return undefined;
  }
}

function membersOf(directory: string): number[] {
  try {
    return readFileSync(join(directory, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number);
  } catch (error) {
    ignoring('ENOENT', 'ENODEV', 'EOPNOTSUPP')(error);
    return [];
  }
}
