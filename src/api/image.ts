/** Images, the registry and the builder. */
import Type, { type Static } from 'typebox';
import { HealthConfig } from './container-config.ts';
import { KeySet, lenient, nullable, oneOf, query, Repeated, repeatable, TextMap, Texts } from './schema.ts';

export const OciPlatform = lenient({
  architecture: Type.String(),
  os: Type.String(),
  'os.version': Type.String(),
  'os.features': Texts,
  variant: Type.String(),
});
export type OciPlatform = Static<typeof OciPlatform>;

export const Descriptor = Type.Object({
  mediaType: Type.String(),
  digest: Type.String(),
  size: Type.Integer(),
  urls: Type.Optional(Texts),
  annotations: Type.Optional(TextMap),
  platform: Type.Optional(OciPlatform),
  artifactType: Type.Optional(Type.String()),
});
export type Descriptor = Static<typeof Descriptor>;

/** What an image says of containers made from it. */
export const ImageConfig = lenient({
  User: Type.String(),
  ExposedPorts: KeySet,
  Env: Texts,
  Cmd: Texts,
  Healthcheck: HealthConfig,
  ArgsEscaped: Type.Boolean(),
  Volumes: KeySet,
  WorkingDir: Type.String(),
  Entrypoint: Texts,
  OnBuild: Texts,
  Labels: TextMap,
  StopSignal: Type.String(),
  StopTimeout: Type.Integer(),
  Shell: Texts,
  // Up to API 1.49, and always empty.
  Hostname: Type.String(),
  Domainname: Type.String(),
  AttachStdin: Type.Boolean(),
  AttachStdout: Type.Boolean(),
  AttachStderr: Type.Boolean(),
  Tty: Type.Boolean(),
  OpenStdin: Type.Boolean(),
  StdinOnce: Type.Boolean(),
  Image: Type.String(),
});
export type ImageConfig = Static<typeof ImageConfig>;

/** One platform's manifest, listed with `manifests=true`. */
export const ImageManifestSummary = Type.Object({
  ID: Type.String(),
  Descriptor,
  Available: Type.Boolean(),
  Size: Type.Object({ Total: Type.Integer(), Content: Type.Integer() }),
  Kind: oneOf('image', 'attestation', 'unknown'),
  ImageData: Type.Optional(
    Type.Object({
      Platform: OciPlatform,
      Containers: Texts,
      Size: Type.Object({ Unpacked: Type.Integer() }),
    }),
  ),
  AttestationData: Type.Optional(Type.Object({ For: Type.String() })),
});
export type ImageManifestSummary = Static<typeof ImageManifestSummary>;

/** An in-toto statement about an image. */
export const AttestationStatement = Type.Object({
  Descriptor,
  PredicateType: Type.String(),
  /** As it was attached, where it was asked for. */
  Statement: Type.Optional(Type.Unknown()),
});
export type AttestationStatement = Static<typeof AttestationStatement>;

/** `Parent`, `Container`, `ContainerConfig`, `DockerVersion`, `VirtualSize` are of older API versions. */
export const ImageInspectResponse = Type.Object({
  Id: Type.String(),
  RepoTags: Texts,
  RepoDigests: Texts,
  Descriptor: Type.Optional(Descriptor),
  Manifests: Type.Optional(Type.Array(ImageManifestSummary)),
  Comment: Type.Optional(Type.String()),
  Created: Type.Optional(Type.String()),
  Author: Type.Optional(Type.String()),
  Config: ImageConfig,
  Architecture: Type.String(),
  Variant: Type.Optional(Type.String()),
  Os: Type.String(),
  OsVersion: Type.Optional(Type.String()),
  Size: Type.Integer(),
  GraphDriver: Type.Object({ Name: Type.String(), Data: nullable(TextMap) }),
  RootFS: Type.Object({ Type: Type.String(), Layers: Type.Optional(Texts) }),
  Metadata: Type.Object({ LastTagTime: Type.Optional(Type.String()) }),
  Parent: Type.Optional(Type.String()),
  Container: Type.Optional(Type.String()),
  ContainerConfig: Type.Optional(ImageConfig),
  DockerVersion: Type.Optional(Type.String()),
  VirtualSize: Type.Optional(Type.Integer()),
});
export type ImageInspectResponse = Static<typeof ImageInspectResponse>;

/** -1 where a number was not asked for. */
export const ImageSummary = Type.Object({
  Id: Type.String(),
  ParentId: Type.String(),
  RepoTags: Texts,
  RepoDigests: Texts,
  /** Seconds since 1970. */
  Created: Type.Integer(),
  Size: Type.Integer(),
  SharedSize: Type.Integer(),
  Labels: nullable(TextMap),
  Containers: Type.Integer(),
  Manifests: Type.Optional(Type.Array(ImageManifestSummary)),
  Descriptor: Type.Optional(Descriptor),
  VirtualSize: Type.Optional(Type.Integer()),
});
export type ImageSummary = Static<typeof ImageSummary>;

export const ImageHistoryItem = Type.Object({
  Id: Type.String(),
  Created: Type.Integer(),
  CreatedBy: Type.String(),
  Tags: nullable(Texts),
  Size: Type.Integer(),
  Comment: Type.String(),
});
export type ImageHistoryItem = Static<typeof ImageHistoryItem>;

export const ImageDeleteItem = Type.Object({
  Untagged: Type.Optional(Type.String()),
  Deleted: Type.Optional(Type.String()),
});
export type ImageDeleteItem = Static<typeof ImageDeleteItem>;

export const ImagePruneResponse = Type.Object({
  ImagesDeleted: nullable(Type.Array(ImageDeleteItem)),
  SpaceReclaimed: Type.Integer(),
});
export type ImagePruneResponse = Static<typeof ImagePruneResponse>;

export const ImageSearchItem = Type.Object({
  description: Type.String(),
  is_official: Type.Boolean(),
  is_automated: Type.Boolean(),
  name: Type.String(),
  star_count: Type.Integer(),
});
export type ImageSearchItem = Static<typeof ImageSearchItem>;

export const DistributionInspect = Type.Object({ Descriptor, Platforms: Type.Array(OciPlatform) });
export type DistributionInspect = Static<typeof DistributionInspect>;

/** One line of the JSON stream of pull, push, load, import and build. */
export const ProgressMessage = Type.Object({
  id: Type.Optional(Type.String()),
  status: Type.Optional(Type.String()),
  stream: Type.Optional(Type.String()),
  progress: Type.Optional(Type.String()),
  progressDetail: Type.Optional(
    Type.Object({ current: Type.Optional(Type.Integer()), total: Type.Optional(Type.Integer()) }),
  ),
  error: Type.Optional(Type.String()),
  errorDetail: Type.Optional(Type.Object({ code: Type.Optional(Type.Integer()), message: Type.String() })),
  aux: Type.Optional(Type.Unknown()),
});
export type ProgressMessage = Static<typeof ProgressMessage>;

export const BuildCacheRecord = Type.Object({
  ID: Type.String(),
  Parents: Type.Optional(Texts),
  Type: Type.String(),
  Description: Type.String(),
  InUse: Type.Boolean(),
  Shared: Type.Boolean(),
  Size: Type.Integer(),
  CreatedAt: Type.String(),
  LastUsedAt: nullable(Type.String()),
  UsageCount: Type.Integer(),
});
export type BuildCacheRecord = Static<typeof BuildCacheRecord>;

export const BuildPruneResponse = Type.Object({
  CachesDeleted: nullable(Texts),
  SpaceReclaimed: Type.Integer(),
});
export type BuildPruneResponse = Static<typeof BuildPruneResponse>;

/** The JSON of `X-Registry-Auth` (base64url), and the body of POST /auth. */
export const AuthConfig = lenient({
  username: Type.String(),
  password: Type.String(),
  auth: Type.String(),
  email: Type.String(),
  serveraddress: Type.String(),
  identitytoken: Type.String(),
  registrytoken: Type.String(),
});
export type AuthConfig = Static<typeof AuthConfig>;

export const AuthResponse = Type.Object({
  Status: Type.String(),
  IdentityToken: Type.Optional(Type.String()),
});
export type AuthResponse = Static<typeof AuthResponse>;

export const ImageListQuery = query(
  'all',
  'filters',
  'filter',
  'shared-size',
  'digests',
  'manifests',
  'identity',
);
export const ImageInspectQuery = query('manifests', 'platform');
export const ImageCreateQuery = Type.Intersect([
  query('fromImage', 'fromSrc', 'repo', 'tag', 'message', 'platform'),
  Type.Object({ changes: Repeated }),
]);
export const ImageTagQuery = query('repo', 'tag');
export const ImagePushQuery = query('tag', 'platform');
export const ImageRemoveQuery = Type.Intersect([
  query('force', 'noprune'),
  Type.Object({ platforms: Repeated }),
]);
export const ImageSearchQuery = query('term', 'limit', 'filters');
export const ImageSaveQuery = Type.Object({ names: Repeated, platform: Repeated });
export const ImageLoadQuery = Type.Intersect([query('quiet'), Type.Object({ platform: Repeated })]);
/** Only one platform may be named, although it may be repeated. */
export const ImageAttestationsQuery = Type.Intersect([
  query('statement'),
  Type.Object({ platform: Repeated, type: Repeated }),
]);
export const ImageHistoryQuery = query('platform');
/** `dryRun` is an extension: says what would go, removes nothing. */
export const ImagePruneQuery = query('filters', 'dryRun');
export const ImageCommitQuery = Type.Intersect([
  query('container', 'repo', 'tag', 'comment', 'author', 'pause'),
  Type.Object({ changes: Repeated }),
]);
export const BuildPruneQuery = query(
  'keep-storage',
  'reserved-space',
  'max-used-space',
  'min-free-space',
  'all',
  'filters',
  'dryRun',
);
export const BuildCancelQuery = query('id');
/** Any may be repeated: clients do it with some (`t`), and by mistake with others, of which the first counts, as in Go. */
export const BuildQuery = repeatable(
  'dockerfile',
  'remote',
  'q',
  'nocache',
  'nocachefilter',
  'cachefrom',
  'pull',
  'rm',
  'forcerm',
  'memory',
  'memswap',
  'cpushares',
  'cpusetcpus',
  'cpusetmems',
  'cpuperiod',
  'cpuquota',
  'buildargs',
  'shmsize',
  'squash',
  'labels',
  'networkmode',
  'platform',
  'target',
  'outputs',
  'version',
  'ulimits',
  'cgroupparent',
  'isolation',
  'session',
  'buildid',
  't',
  'extrahosts',
  'securityopt',
  'allow',
);
