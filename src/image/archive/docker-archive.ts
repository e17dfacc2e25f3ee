/** docker-archive: `manifest.json` names configs, tags and layers by their paths in the archive (docker save). */
import { isDigest } from '../../core/digest.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { ImageSource } from '../add-image.ts';
import { compressionOfFile, isLayerCompression } from '../compression.ts';
import { parseConfig } from '../manifest.ts';
import { layerType } from '../media-types.ts';
import type { Platform } from '../oci.ts';
import { suits } from '../platform.ts';
import type { ArchiveFiles } from './files.ts';
import { nameIn } from './name.ts';

interface Item {
  Config: string;
  RepoTags: string[] | null;
  Layers: string[] | null;
  Parent?: string;
}

/** `platforms`: images of others are left out; without any, none. */
export async function dockerArchiveImages(
  files: ArchiveFiles,
  platforms: readonly Platform[] = [],
): Promise<ImageSource[]> {
  const items = parseItems(await files.read('manifest.json'));
  const sources: ImageSource[] = [];
  for (const item of items) {
    const config = await files.read(item.Config);
    const its = parseConfig(config);
    if (platforms.length > 0 && !platforms.some((platform) => suits(its, platform))) continue;
    const layers = [];
    for (const path of item.Layers ?? []) layers.push(await layerOf(files, path));
    sources.push({
      config,
      layers,
      names: (item.RepoTags ?? []).map((name) => nameIn(name)),
      parent: item.Parent !== undefined && isDigest(item.Parent) ? item.Parent : undefined,
    });
  }
  return sources;
}

/** The archive does not say how a layer is packed, and its file may be called `layer.tar` whatever it is. */
async function layerOf(files: ArchiveFiles, path: string): Promise<ImageSource['layers'][number]> {
  const staged = files.get(path);
  const compression = compressionOfFile(staged.path);
  if (isLayerCompression(compression)) return { mediaType: layerType(compression), staged };
  return { mediaType: layerType('none'), staged: await files.inflate(path) };
}

function parseItems(data: Buffer): Item[] {
  let items: unknown;
  try {
    items = JSON.parse(data.toString());
  } catch (error) {
    throw invalidArgument('invalid archive: manifest.json is no JSON document', error);
  }
  if (!Array.isArray(items) || !items.every(isItem)) {
    throw invalidArgument('invalid archive: manifest.json is no list of images');
  }
  return items;
}

function isItem(value: unknown): value is Item {
  const { Config, RepoTags, Layers, Parent } = (value ?? {}) as Partial<Record<keyof Item, unknown>>;
  return (
    typeof Config === 'string' &&
    isTexts(RepoTags) &&
    isTexts(Layers) &&
    ['string', 'undefined'].includes(typeof Parent)
  );
}

function isTexts(value: unknown): boolean {
  return value == null || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}
