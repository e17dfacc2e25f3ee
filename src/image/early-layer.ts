/**
 * Unpacks a layer's blob while it is still being written, so that download, hash and unpacking overlap. It is a try:
 * where it does not come off, the blob is unpacked once it is there.
 */
import { failGrowing, GrowingFile } from './layer/growing-file.ts';
import type { LayerStore, LooseLayer } from './layer-store.ts';

export interface EarlyOptions {
  /** The archive must have its end mark. */
  whole: boolean;
  signal?: AbortSignal;
}

export class EarlyLayer {
  readonly #layers: LayerStore;
  readonly #options: EarlyOptions;
  #file: GrowingFile | undefined;
  #loose: Promise<LooseLayer | undefined> | undefined;
  #onRead: (bytes: number) => void = () => {};
  #taken = false;

  constructor(layers: LayerStore, options: EarlyOptions) {
    this.#layers = layers;
    this.#options = options;
  }

  /** `bytes` are in the file at `path`. */
  grow = (bytes: number, path: string): void => {
    if (bytes === 0 && !this.#file) return;
    if (!this.#loose) this.#begin(path);
    this.#file?.grow(bytes);
  };

  /**
   * The blob is whole. The layer, which is the caller's now; undefined if the try failed, whatever the reason.
   * `onRead` is told from now on how many bytes of the blob have been unpacked.
   */
  async take(onRead = this.#onRead): Promise<LooseLayer | undefined> {
    this.#onRead = onRead;
    this.#file?.end();
    this.#taken = true;
    return this.#loose;
  }

  /** After `take` it only closes; before, it gives up. */
  async close(): Promise<void> {
    if (this.#file && !this.#taken) failGrowing(this.#file.source);
    const loose = await this.#loose;
    this.#file?.close();
    this.#file = undefined;
    if (!this.#taken) await loose?.discard();
  }

  #begin(path: string): void {
    const file = new GrowingFile(path);
    const onRead = (bytes: number) => this.#onRead(bytes);
    const begun = this.#layers.prepareEarly({ ...this.#options, blob: file.source, onRead });
    if (begun) this.#file = file;
    else file.close();
    this.#loose = begun?.catch(() => undefined) ?? Promise.resolve(undefined);
  }
}
