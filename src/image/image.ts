/** What an image is to the engine. */
import type { Digest } from '../core/digest.ts';
import type { Descriptor, ImageConfig } from './oci.ts';

/** One image for one platform. */
export interface Image {
  /** Digest of the config document: Docker's image id. */
  id: Digest;
  /** The image whose container was committed; absent if it is gone. */
  parent?: Digest;
  manifest: Descriptor;
  /** What its names lead to: the index that it came with, or its manifest. */
  target: Descriptor;
  /** Blobs that are kept with it besides its own: the index, and what is attached to it. */
  beside: Digest[];
  config: ImageConfig;
  /** As the manifest lists them, bottom first; `config.rootfs.diff_ids` has what they unpack to. */
  layers: Descriptor[];
  /** Familiar names: `busybox:latest`, `localhost:5000/a/b:1`. Sorted. */
  tags: string[];
  /** `name@sha256:…`, for what was pulled or pushed. Sorted. */
  repoDigests: string[];
  /** Bytes of the unpacked layers. */
  size: number;
  /** Newest first tagged time, RFC 3339. */
  lastTagged?: string;
}
