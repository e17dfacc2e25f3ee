/** An OCI image layout in a tarball: `index.json` leads to manifests, everything else lies under its digest. */
import { type Digest, hexOf } from '../../core/digest.ts';
import { invalidArgument, isKind } from '../../core/errors.ts';
import type { ImageSource } from '../add-image.ts';
import { choosePlatform, parseDocument } from '../manifest.ts';
import type { Descriptor, Platform } from '../oci.ts';
import { hostPlatform } from '../platform.ts';
import { parseTagged, wholeName } from '../reference.ts';
import type { ArchiveFiles } from './files.ts';

/** containerd's annotation has the whole name; the OCI one often the tag alone, which names nothing by itself. */
const NAMES = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];
/** An index in an index in an index is what nobody writes. */
const DEPTH_MAX = 3;

/** `platform`: taken from indexes that have several; the host's if absent. */
export async function ociLayoutImages(files: ArchiveFiles, platform?: Platform): Promise<ImageSource[]> {
  const index = parseDocument(await files.read('index.json'), 'application/vnd.oci.image.index.v1+json');
  if (index.kind !== 'index') throw invalidArgument('invalid archive: index.json is no index');
  const byDigest = new Map<string, ImageSource>();
  for (const descriptor of index.manifests) {
    const source = await readImage(files, descriptor, platform, 0);
    const key = source.manifest?.descriptor.digest ?? '';
    const known = byDigest.get(key);
    if (known) known.names.push(...source.names);
    else byDigest.set(key, source);
  }
  return [...byDigest.values()];
}

async function readImage(
  files: ArchiveFiles,
  descriptor: Descriptor,
  platform: Platform | undefined,
  depth: number,
): Promise<ImageSource> {
  const data = await files.read(blobPath(descriptor.digest));
  const document = parseDocument(data, descriptor.mediaType);
  const names = namesOf(descriptor);
  if (document.kind === 'index') {
    if (depth === DEPTH_MAX) throw invalidArgument('invalid archive: indexes are nested too deeply');
    const chosen = choosePlatform(document.manifests, platform ?? hostPlatform(), names[0] ?? 'the archive');
    return { ...(await readImage(files, chosen, platform, depth + 1)), names };
  }
  const { config, layers } = document.manifest;
  return {
    config: await files.read(blobPath(config.digest)),
    layers: layers.map(({ mediaType, digest }) => ({
      mediaType,
      staged: files.get(blobPath(digest)),
      digest,
    })),
    manifest: {
      data,
      descriptor: { mediaType: descriptor.mediaType, digest: descriptor.digest, size: data.length },
    },
    names,
  };
}

function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function namesOf({ annotations = {} }: Descriptor): string[] {
  for (const key of NAMES) {
    const name = annotations[key];
    // A bare tag (`latest`) would parse as the name of a repository.
    if (name === undefined || !/[/:]/.test(name)) continue;
    try {
      return [wholeName(parseTagged(name))];
    } catch (error) {
      if (!isKind(error, 'invalid-argument')) throw error;
    }
  }
  return [];
}
