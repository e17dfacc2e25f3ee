/** What a build is asked for, and what it needs from the rest of the engine: interfaces that the daemon fulfils. */
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Digest } from '../../core/digest.ts';
import type { Mount } from '../../core/mount.ts';
import type { Images } from '../contract.ts';
import type { Image } from '../image.ts';
import type { Platform } from '../oci.ts';
import type { ProgressListener } from '../progress.ts';

export interface BuildRequest {
  /** The context, unless `remote` says where it is. */
  stream: Readable;
  remote: string;
  dockerfile: string;
  /** Whole, with tags, as people read them. */
  names: string[];
  target: string;
  buildArgs: Map<string, string>;
  labels: Map<string, string>;
  platform?: Platform;
  noCache: boolean;
  /** Stages, by name, whose steps are all carried out. */
  noCacheFilter: string[];
  /** Ask the registry even for base images that are here. */
  pull: boolean;
  /** What of the host steps may have: a Dockerfile may come from anywhere, and does not decide that. */
  allowed: readonly Entitlement[];
  /** Images whose layers may be used as a cache. */
  cacheFrom: string[];
  squash: boolean;
  /** What becomes of it; empty: an image of the store. */
  outputs: BuildOutput[];
  runner: StepRunner;
  session?: BuildSession;
  pullImage: PullImage;
  emit: (message: BuildMessage) => void;
  signal: AbortSignal;
}

/** The words are BuildKit's. */
export const ENTITLEMENTS = ['network.host', 'security.insecure'] as const;
export type Entitlement = (typeof ENTITLEMENTS)[number];

/** `image`: one of the store. The others are archives for the client: of the files, or of an image nobody stores. */
export type BuildOutput = { kind: 'image' } | { kind: 'files' | 'image-archive'; index: number };

/** One line of the stream: Docker's `stream`, `status`, `aux`, and what only our own client reads. */
export interface BuildMessage {
  stream?: string;
  status?: string;
  id?: string;
  progressDetail?: { current?: number; total?: number };
  aux?: object;
  step?: StepNote;
}

/** A step begins or ends: for clients that draw one line for each. */
export interface StepNote {
  number: number;
  total: number;
  /** Of its stage; 0 is the first in the file. */
  stage: number;
  state: 'started' | 'cached' | 'done' | 'failed';
  /** The instruction. */
  name: string;
  /** Milliseconds; when it has ended. */
  duration?: number;
}

export interface BuildResult {
  /** Absent if the store was not asked to have one. */
  image?: Image;
  /** What the image is called, stored or not; absent if only files came of it. */
  id?: Digest;
  /** Build args that look like secrets and went into the history, and the like. */
  warnings: string[];
}

/** The part of the image layer that a build uses. */
export type BuildImages = Pick<
  Images,
  | 'find'
  | 'list'
  | 'variants'
  | 'tag'
  | 'addLayer'
  | 'layersOf'
  | 'layerUsage'
  | 'create'
  | 'placeLayer'
  | 'saveNew'
  | 'hold'
  | 'layerDirectories'
  | 'prepareSnapshot'
>;

export type PullImage = (
  reference: string,
  options: { platform?: Platform; progress: ProgressListener; signal: AbortSignal },
) => Promise<Image>;

/** Runs the command of a RUN step as a container of its own. */
export interface StepRunner {
  /** Resolves to the exit code once the process has ended and nothing of it is left. */
  run(request: StepRequest): Promise<number>;
}

export interface StepRequest {
  /** 64 hex digits. */
  id: string;
  /** The step's own, for the files that a container needs. */
  directory: string;
  rootfs: Mount[];
  args: string[];
  env: string[];
  cwd: string;
  user: string;
  network: 'default' | 'none' | 'host';
  privileged: boolean;
  mounts: StepMount[];
  /** Once the root is mounted, with all places in it that are mounted upon. */
  onRoot: (rootfs: string, mountPoints: string[]) => void;
  onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
  signal: AbortSignal;
}

export type StepMount =
  | { kind: 'bind'; source: string; target: string; readonly: boolean }
  | { kind: 'tmpfs'; target: string; size?: number };

/** What only the client's machine has: asked for when a step wants it, never stored; and where results go. */
export interface BuildSession {
  /** Undefined: the client has none of that id. */
  secret(id: string): Promise<Buffer | undefined>;
  /** A connection to the client's SSH agent. Undefined: the client forwards none of that id. */
  sshAgent(id: string): Promise<Duplex | undefined>;
  /** The archive that the client asked for in the place `index`. Resolves once the client has taken it. */
  output(index: number, write: (out: Writable) => Promise<void>): Promise<void>;
}
