/** Volumes: named directories that outlive containers. */

/** volumes/<name>/volume.json; the data is in volumes/<name>/_data. */
export interface Volume {
  name: string;
  driver: 'local';
  created: string;
  labels: Record<string, string>;
  options: Record<string, string>;
  /** Made by the engine for a container, not by a person: goes with `rm -v` and `prune`. */
  anonymous: boolean;
}

export interface Volumes {
  /** Throws `not-found`: `get x: no such volume`. */
  get(name: string): Volume;
  list(): Volume[];
  /** Returns the one that exists if name and options agree. `name` absent: anonymous, 64 hex digits. */
  create(request: {
    name?: string;
    driver?: string;
    labels?: Record<string, string>;
    options?: Record<string, string>;
  }): Promise<Volume>;
  remove(name: string): Promise<void>;
  /** Directory of the data on the host, mounted first if its options say so (tmpfs, nfs …). Undo: `unmount`. */
  mount(name: string, user: string): Promise<string>;
  unmount(name: string, user: string): Promise<void>;
  mountpoint(name: string): string;
  close(): Promise<void>;
}
