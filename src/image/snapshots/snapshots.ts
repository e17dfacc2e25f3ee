/** Root filesystems of containers: an image's layers below, the container's own `upper` on top (the snapshotter). */
import { chmodSync, chownSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { internal } from '../../core/errors.ts';
import type { Mount } from '../../core/mount.ts';
import { step, stepSync } from '../../core/step.ts';
import { O } from '../../kernel/path.ts';
import { removeFolder } from '../../kernel/remove-folder.ts';
import type { Image } from '../image.ts';
import { chainIds } from '../layer-record.ts';
import type { LayerStore } from '../layer-store.ts';
import { type InitPlan, makeInitLayer, planInitLayer } from './init-layer.ts';
import { overlayMount } from './overlay.ts';

export interface SnapshotRequest {
  /** The container's directory: `upper` and `work` are made below it. */
  directory: string;
  image: Image | undefined;
  /** For a mount beside the container's own (overlay.ts). */
  work?: string | null;
}

export interface PrepareRequest extends SnapshotRequest {
  /** For a container: with what every container finds in its root (snapshots/init-layer.ts). */
  initLayer?: boolean;
}

/** The link that stands for no layer at all. */
const EMPTY = '0';
const DEFAULT_ROOT = { mode: 0o755, uid: 0, gid: 0 };

/** Kept for each image, so that a start computes no digests. */
interface Below {
  lower: string[];
  /** Directories of the layers, top first. */
  directories: string[];
  /** Made when it is first asked for. */
  initPlan?: InitPlan;
  root: { mode: number; uid: number; gid: number };
}

export class Snapshots {
  readonly #layers: LayerStore;
  #linksFd: number;
  readonly #below = new Map<Digest, Below>();

  constructor(layers: LayerStore) {
    this.#layers = layers;
    this.#linksFd = openSync(layers.links, O.PATH | O.DIRECTORY);
  }

  /** The layers must have been unpacked. `upper` gets the owner and mode of the image's root: the mount shows them. */
  prepare({ directory, image, initLayer }: PrepareRequest): Mount[] {
    return stepSync('image.snapshot.prepare', { directory }, () => {
      const below = this.#belowOf(image);
      const { root } = below;
      const upper = join(directory, 'upper');
      mkdirSync(upper, { recursive: true });
      mkdirSync(join(directory, 'work'), { recursive: true, mode: 0o700 });
      if (root.uid !== 0 || root.gid !== 0) chownSync(upper, root.uid, root.gid);
      chmodSync(upper, root.mode);
      if (initLayer) {
        below.initPlan ??= planInitLayer(below.directories);
        makeInitLayer(upper, below.initPlan);
      }
      return this.mounts({ directory, image });
    });
  }

  mounts({ directory, image, work }: SnapshotRequest): Mount[] {
    const { lower } = this.#belowOf(image);
    return [overlayMount({ links: this.#layers.links, linksFd: this.#linksFd, lower, directory, work })];
  }

  /** Read-only, nothing on top. */
  view(image: Image): Mount {
    const { lower } = this.#belowOf(image);
    // overlayfs wants two layers when there is none to write to.
    const layers = lower.length === 1 ? [...lower, EMPTY] : lower;
    return overlayMount({ links: this.#layers.links, linksFd: this.#linksFd, lower: layers });
  }

  remove(directory: string): Promise<void> {
    return step('image.snapshot.remove', { directory }, async () => {
      await Promise.all(['upper', 'work'].map((name) => removeFolder(join(directory, name))));
    });
  }

  forget(id: Digest): void {
    this.#below.delete(id);
  }

  /** A second call does nothing. */
  close(): void {
    if (this.#linksFd >= 0) closeSync(this.#linksFd);
    this.#linksFd = -1;
  }

  #belowOf(image: Image | undefined): Below {
    if (!image) return { lower: [EMPTY], directories: [], root: DEFAULT_ROOT };
    const kept = this.#below.get(image.id);
    if (kept) return kept;
    const chain = chainIds(image.config.rootfs.diff_ids);
    const layers = chain.map((chainId) => this.#layer(chainId));
    const root = layers.findLast((layer) => layer.root !== undefined)?.root ?? DEFAULT_ROOT;
    const lower = layers.length === 0 ? [EMPTY] : layers.map(({ link }) => link).reverse();
    const directories = chain.map((chainId) => this.#layers.diff(chainId)).reverse();
    const below = { lower, directories, root };
    this.#below.set(image.id, below);
    return below;
  }

  #layer(chainId: Digest) {
    const layer = this.#layers.get(chainId);
    if (!layer) throw internal(`the layer ${chainId} is not unpacked`);
    return layer;
  }
}
