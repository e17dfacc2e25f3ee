/** Volumes. */
import Type, { type Static } from 'typebox';
import { lenient, nullable, query, TextMap, Texts } from './schema.ts';

export const VolumeResource = Type.Object({
  Name: Type.String(),
  Driver: Type.String(),
  Mountpoint: Type.String(),
  CreatedAt: Type.Optional(Type.String()),
  Status: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  Labels: nullable(TextMap),
  Scope: Type.String(),
  Options: nullable(TextMap),
  /** Bytes, and how many containers refer to it; -1 where it was not counted. */
  UsageData: Type.Optional(Type.Object({ Size: Type.Integer(), RefCount: Type.Integer() })),
});
export type VolumeResource = Static<typeof VolumeResource>;

export const VolumeCreateRequest = lenient({
  Name: Type.String(),
  Driver: Type.String(),
  DriverOpts: TextMap,
  Labels: TextMap,
  ClusterVolumeSpec: Type.Unknown(),
});
export type VolumeCreateRequest = Static<typeof VolumeCreateRequest>;

export const VolumeListResponse = Type.Object({
  Volumes: Type.Array(VolumeResource),
  Warnings: nullable(Texts),
});
export type VolumeListResponse = Static<typeof VolumeListResponse>;

export const VolumePruneResponse = Type.Object({
  VolumesDeleted: nullable(Texts),
  SpaceReclaimed: Type.Integer(),
});
export type VolumePruneResponse = Static<typeof VolumePruneResponse>;

export const VolumeListQuery = query('filters');
export const VolumeRemoveQuery = query('force');
/** `dryRun` is an extension: says what would go, removes nothing. */
export const VolumePruneQuery = query('filters', 'dryRun');
