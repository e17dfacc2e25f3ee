/** What a registry has under a name: descriptor and platforms, without pulling anything. */
import { isKind } from '../core/errors.ts';
import { step } from '../core/step.ts';
import { DOCUMENT_MAX } from './content-store.ts';
import type { ImageContext } from './context.ts';
import { type Manifest, parseDocument } from './manifest.ts';
import type { Descriptor, ImageConfig, Platform } from './oci.ts';
import { parseTagged } from './reference.ts';
import type { RegistryQuery } from './registry/client.ts';
import { RegistryClient } from './registry/client.ts';
import { readLimited } from './registry/http.ts';
import { Repository } from './registry/repository.ts';

export interface DistributionInfo {
  descriptor: Descriptor;
  platforms: Platform[];
}

export function inspectDistribution(
  { registry }: ImageContext,
  name: string,
  { auth, signal }: RegistryQuery,
): Promise<DistributionInfo> {
  return step('image.distribution.inspect', { name }, async () => {
    const reference = parseTagged(name);
    const client = new RegistryClient({ domain: reference.domain, registry, auth });
    try {
      const repository = new Repository(client, reference.path, 'pull');
      const { descriptor, data } = await repository.manifest(
        reference.digest ?? reference.tag ?? 'latest',
        signal,
      );
      const document = parseDocument(data, descriptor.mediaType);
      if (document.kind === 'index') {
        return { descriptor, platforms: document.manifests.flatMap(({ platform }) => platform ?? []) };
      }
      return { descriptor, platforms: await platformsOf(repository, document.manifest, signal) };
    } finally {
      await client.close();
    }
  });
}

/** None of an image whose config is not there: that says the pull. */
async function platformsOf(repository: Repository, { config }: Manifest, signal?: AbortSignal) {
  try {
    const { body } = await repository.blob(config.digest, 0, signal);
    const data = await readLimited(body, DOCUMENT_MAX);
    return [platformIn(JSON.parse(data.toString()) as ImageConfig)];
  } catch (error) {
    if (isKind(error, 'not-found')) return [];
    throw error;
  }
}

function platformIn({ architecture, os, variant }: ImageConfig): Platform {
  return { architecture, os, variant };
}
