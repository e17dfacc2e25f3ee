/** An OCI image layout in a tarball: `index.json` leads to manifests, everything else lies under its digest. */
import { type Digest, hexOf } from '../../core/digest.ts';
import { invalidArgument, isKind } from '../../core/errors.ts';
import type { Attachment, ImageSource, StoredDocument } from '../add-image.ts';
import { attests } from '../attestation.ts';
import { blobsIn, choosePlatform, type Manifest, parseDocument } from '../manifest.ts';
import { INDEX, isIndex } from '../media-types.ts';
import type { Descriptor, Platform } from '../oci.ts';
import { hostPlatform } from '../platform.ts';
import type { ArchiveFiles } from './files.ts';
import { nameIn } from './name.ts';

/** containerd's annotation has the whole name; the OCI one often the tag alone, which names nothing by itself. */
const NAMES = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];
/** An index in an index in an index is what nobody writes. */
const DEPTH_MAX = 3;

/**
 * `platforms`: those that are taken from indexes, which must be there; without any, all that are. An image of several
 * platforms is several sources with the same names.
 */
export async function ociLayoutImages(
  files: ArchiveFiles,
  platforms: readonly Platform[] = [],
): Promise<ImageSource[]> {
  const index = parseDocument(await files.read('index.json'), INDEX);
  if (index.kind !== 'index') throw invalidArgument('invalid archive: index.json is no index');
  const byDigest = new Map<string, ImageSource[]>();
  for (const descriptor of index.manifests) {
    const names = namesOf(descriptor);
    const known = byDigest.get(descriptor.digest);
    if (known) for (const source of known) source.names.push(...names);
    else byDigest.set(descriptor.digest, await readImages({ files, platforms, names }, descriptor, []));
  }
  return [...byDigest.values()].flat();
}

/** Whether the archive has images with their indexes, which manifest.json knows nothing of. Nonsense has none. */
export async function hasImageIndex(files: ArchiveFiles): Promise<boolean> {
  try {
    const index = parseDocument(await files.read('index.json'), INDEX);
    return index.kind === 'index' && index.manifests.some(({ mediaType }) => isIndex(mediaType));
  } catch (error) {
    if (isKind(error, 'invalid-argument')) return false;
    throw error;
  }
}

interface Wanted {
  files: ArchiveFiles;
  platforms: readonly Platform[];
  names: string[];
}

async function readImages(
  wanted: Wanted,
  descriptor: Descriptor,
  indexes: StoredDocument[],
): Promise<ImageSource[]> {
  const { files, platforms, names } = wanted;
  const stored = await readDocument(files, descriptor);
  const document = parseDocument(stored.data, descriptor.mediaType);
  if (document.kind === 'manifest') {
    const source = await readImage(files, document.manifest, stored);
    return [{ ...source, indexes, names: [...names] }];
  }
  if (indexes.length === DEPTH_MAX) throw invalidArgument('invalid archive: indexes are nested too deeply');
  const sources: ImageSource[] = [];
  for (const one of chosenFrom(document.manifests, wanted)) {
    const attached = await attachedTo(files, one, document.manifests);
    const found = await readImages({ files, platforms, names }, one, [stored, ...indexes]);
    sources.push(...found.map((source) => ({ ...source, attached })));
  }
  return sources;
}

/** Throws `not-found` if nothing of it is there that is asked for. */
function chosenFrom(manifests: Descriptor[], { files, platforms, names }: Wanted): Descriptor[] {
  const name = names[0] ?? 'the archive';
  const present = manifests.filter(({ digest }) => files.has(blobPath(digest)));
  if (platforms.length > 0) {
    return [...new Set(platforms.map((platform) => choosePlatform(present, platform, name)))];
  }
  const images = present.filter(({ platform, annotations }) => {
    return attests({ annotations }) === undefined && platform?.os !== 'unknown';
  });
  return images.length > 0 ? images : [choosePlatform(present, hostPlatform(), name)];
}

async function readImage(files: ArchiveFiles, manifest: Manifest, stored: StoredDocument) {
  const { config, layers } = manifest;
  return {
    config: await files.read(blobPath(config.digest)),
    layers: layers.map(({ mediaType, digest }) => ({
      mediaType,
      staged: files.get(blobPath(digest)),
      digest,
    })),
    manifest: stored,
  };
}

/** As far as they are whole. */
async function attachedTo(
  files: ArchiveFiles,
  { digest }: Descriptor,
  manifests: Descriptor[],
): Promise<Attachment[]> {
  const attached: Attachment[] = [];
  for (const one of manifests.filter((other) => attests(other) === digest)) {
    if (!files.has(blobPath(one.digest))) continue;
    const manifest = await readDocument(files, one);
    const paths = blobsIn(manifest.data).map((blob) => blobPath(blob.digest));
    if (paths.every((path) => files.has(path)))
      attached.push({ manifest, blobs: paths.map((path) => files.get(path)) });
  }
  return attached;
}

/** As the archive names it, with the size that it has. */
async function readDocument(files: ArchiveFiles, descriptor: Descriptor): Promise<StoredDocument> {
  const data = await files.read(blobPath(descriptor.digest));
  const { mediaType, digest } = descriptor;
  return { data, descriptor: { mediaType, digest, size: data.length } };
}

function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function namesOf({ digest, annotations = {} }: Descriptor): string[] {
  for (const key of NAMES) {
    const name = annotations[key];
    // A bare tag (`latest`) would parse as the name of a repository.
    if (name === undefined || !/[/:]/.test(name)) continue;
    try {
      return [nameIn(name, digest)];
    } catch (error) {
      if (!isKind(error, 'invalid-argument')) throw error;
    }
  }
  return [];
}
