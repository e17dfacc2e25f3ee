/** What every operation on images works with. */
import type { Logger } from 'pino';
import type { ContentStore } from './content-store.ts';
import type { ImageStore } from './image-store.ts';
import type { LayerStore } from './layer-store.ts';

export interface ImageContext {
  content: ContentStore;
  layers: LayerStore;
  images: ImageStore;
  logger: Logger;
}
