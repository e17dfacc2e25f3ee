/** What every operation on images works with. */
import type { Logger } from 'pino';
import type { ContentStore } from './content-store.ts';
import type { ImageStore } from './image-store.ts';
import type { LayerStore } from './layer-store.ts';
import type { Downloads } from './registry/downloads.ts';
import type { RegistryOptions } from './registry/hosts.ts';

export interface ImageContext {
  content: ContentStore;
  layers: LayerStore;
  images: ImageStore;
  downloads: Downloads;
  registry: RegistryOptions;
  logger: Logger;
}
