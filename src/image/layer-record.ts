/** What is kept of an unpacked layer: which one it is, where it lies, how large it is. */
import { type Digest, sha256 } from '../core/digest.ts';

export interface LayerIdentity {
  chainId: Digest;
  diffId: Digest;
  parent?: Digest;
}

export interface LayerSize {
  /** Bytes of the files' data. */
  size: number;
  /** Bytes that it takes on the disk. */
  usage: number;
  entries: number;
  /** Of the root directory; absent where the archive does not say: then it is as in the layer below. */
  root?: { mode: number; uid: number; gid: number };
}

/** `layer.json` of an unpacked layer. */
export interface LayerRecord extends LayerIdentity, LayerSize {
  version: 1;
  /** Name below `l/`. */
  link: string;
}

/** OCI image spec, "Layer ChainID": names a layer together with all below it. Bottom first. */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : sha256(`${below} ${diffId}`));
  }
  return chain;
}
