/** An index in a fake registry: images for three platforms, and something that is stated about one. */
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../../src/core/digest.ts';
import { hostPlatform } from '../../../src/image/platform.ts';
import type { FakeRegistry } from './fake-registry.ts';
import { tar } from './tar-bytes.ts';

const OCI = 'application/vnd.oci.image';
export const PREDICATE = 'https://slsa.dev/provenance/v0.2';
export const HOST = { os: 'linux', architecture: hostPlatform().architecture };
export const OTHER = { os: 'linux', architecture: 's390x' };
export const THIRD = { os: 'linux', architecture: 'riscv64' };

export interface OfferedIndex {
  host: string;
  index: string;
  /** By architecture: manifest and image. */
  manifests: Map<string, string>;
  ids: Map<string, string>;
}

/** At `a:latest`; the images share a layer. `variation` makes them others. */
export function offerIndex(registry: FakeRegistry, variation = ''): OfferedIndex {
  const put = (value: object | Buffer, type: string, kind: 'blobs' | 'manifests' = 'blobs', tag?: string) =>
    registry.put(
      'a',
      kind,
      Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)),
      `${OCI}.${type}`,
      tag,
    );
  const layer = (name: string) => {
    const plain = tar({ name, data: name });
    return { diffId: sha256(plain), descriptor: put(gzipSync(plain), 'layer.v1.tar+gzip') };
  };
  const base = layer('base');
  const ids = new Map<string, string>();
  const images = [HOST, OTHER, THIRD].map((platform) => {
    const own = layer(`${platform.architecture}${variation}`);
    const config = put(
      { ...platform, rootfs: { type: 'layers', diff_ids: [base.diffId, own.diffId] } },
      'config.v1+json',
    );
    ids.set(platform.architecture, config.digest);
    const layers = [base.descriptor, own.descriptor];
    const manifest = put({ schemaVersion: 2, config, layers }, 'manifest.v1+json', 'manifests');
    return { ...manifest, platform };
  });
  const manifests = new Map(images.map(({ platform, digest }) => [platform.architecture, digest]));
  const statement = registry.put(
    'a',
    'blobs',
    Buffer.from('{"_type":"statement"}'),
    'application/vnd.in-toto+json',
  );
  const layers = [{ ...statement, annotations: { 'in-toto.io/predicate-type': PREDICATE } }];
  const config = put(
    { architecture: 'unknown', os: 'unknown', rootfs: { type: 'layers', diff_ids: [] } },
    'config.v1+json',
  );
  const stated = put({ schemaVersion: 2, config, layers }, 'manifest.v1+json', 'manifests');
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': images[0]?.digest,
  };
  const attestation = { ...stated, annotations, platform: { os: 'unknown', architecture: 'unknown' } };
  const document = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [...images, attestation],
  };
  const index = put(document, 'index.v1+json', 'manifests', 'latest');
  return { host: registry.host, index: index.digest, manifests, ids };
}
