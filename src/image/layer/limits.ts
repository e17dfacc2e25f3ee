/** What an archive may ask of the machine. Beyond it, unpacking stops and says which limit was met. */
export interface LayerLimits {
  entries: number;
  /** Bytes of all files, holes of sparse ones included. */
  bytes: number;
  /** Plain bytes for each compressed one, looked at once `ratioFrom` plain bytes have come. */
  ratio: number;
  ratioFrom: number;
}

/** gzip packs zeros 1030:1; a root filesystem packs 2:1 to 10:1, one that holds an empty disk image some 100:1. */
export const DEFAULT_LIMITS: LayerLimits = {
  entries: 2_000_000,
  bytes: 512 * 1024 ** 3,
  ratio: 400,
  ratioFrom: 256 * 1024 ** 2,
};
