/**
 * Volumes: named directories that outlive containers.
 *
 *   volumes/<name>/volume.json   the record
 *   volumes/<name>/_data         what containers see; with options a file system is mounted over it while in use
 *   volumes/<name>/_filling-…    its first content on the way in; dropped at the next start
 *   volumes/<name>/_filled…      the same, whole; moved into _data, by the next start if need be
 *   volumes/.<random>            one that is being made or removed; swept at the next start
 */

import type { Fill } from './fill.ts';

/** volumes/<name>/volume.json; the data is in volumes/<name>/_data. */
export interface Volume {
  name: string;
  driver: 'local';
  created: string;
  labels: Record<string, string>;
  /** `type`, `device`, `o`: what is mounted over the directory. Empty: the directory itself. */
  options: Record<string, string>;
  /** Made by the engine for a container, not by a person: goes with `rm -v` and `prune`. */
  anonymous: boolean;
}

export interface VolumeRequest {
  /** Absent or '': anonymous, 64 hex digits. */
  name?: string;
  driver?: string;
  labels?: Record<string, string>;
  options?: Record<string, string>;
}

export interface Volumes {
  /** Throws `not-found`: `get x: no such volume`. */
  get(name: string): Volume;
  find(name: string): Volume | undefined;
  list(): Volume[];
  /**
   * The volume is on the disk when this resolves. One of that name that exists is returned as it is, as Docker does:
   * its options and labels stay.
   */
  create(request: VolumeRequest): Promise<Volume>;
  /** Whoever calls this has made sure that no container refers to it. Its data is gone from then on. */
  remove(name: string): Promise<void>;
  /** Directory of the data on the host, mounted first if its options say so (tmpfs, nfs …). Undo: `unmount`. */
  mount(name: string, user: string): Promise<string>;
  /** The file system is unmounted when its last user has let go. False if it was no user. */
  unmount(name: string, user: string): Promise<boolean>;
  mountpoint(name: string): string;
  /**
   * Its first content, all or nothing if the daemon ends meanwhile. Not twice at once for one volume, which is mounted. One
   * with a file system of its own is filled in place.
   */
  fill(name: string, subpath: string, fill: Fill): Promise<void>;
  /** A descriptor (O_PATH) of something inside the mounted volume, never of what a link points at outside. */
  openSubpath(name: string, subpath: string): number;
  /** Bytes that it takes on the disk, as du(1) counts. */
  size(name: string): Promise<number>;
  close(): Promise<void>;
}
