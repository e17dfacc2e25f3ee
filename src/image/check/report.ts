/** What `fsck` is told, and what it answers. */
import type { Digest } from '../../core/digest.ts';

export interface CheckOptions {
  repair: boolean;
  /** Whether a container stands on the image: then its layers are not touched. */
  isUsed: (id: Digest) => boolean;
  signal?: AbortSignal;
}

export interface Problem {
  /** `blob`, `image`, `layer`, `leftover`, `container`, `volume`, `network`, `bundle`, `exit`, `shared-memory` */
  kind: string;
  name: string;
  problem: string;
  repaired?: boolean;
}

export interface CheckReport {
  checked: number;
  problems: Problem[];
}
