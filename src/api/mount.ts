/** `--mount` as a client asks for it, and the mount point that inspect shows. */
import Type, { type Static } from 'typebox';
import { lenient, oneOf, TextMap, Texts } from './schema.ts';

export const Mount = lenient({
  Target: Type.String(),
  Source: Type.String(),
  /** bind, volume, tmpfs, image, npipe, cluster. */
  Type: Type.String(),
  ReadOnly: Type.Boolean(),
  Consistency: Type.String(),
  BindOptions: lenient({
    Propagation: Type.String(),
    NonRecursive: Type.Boolean(),
    CreateMountpoint: Type.Boolean(),
    ReadOnlyNonRecursive: Type.Boolean(),
    ReadOnlyForceRecursive: Type.Boolean(),
  }),
  VolumeOptions: lenient({
    NoCopy: Type.Boolean(),
    Labels: TextMap,
    DriverConfig: lenient({ Name: Type.String(), Options: TextMap }),
    Subpath: Type.String(),
  }),
  ImageOptions: lenient({ Subpath: Type.String() }),
  TmpfsOptions: lenient({
    SizeBytes: Type.Integer(),
    /** Permission bits as a number. */
    Mode: Type.Integer(),
    /** Each a name, or a name and a value. */
    Options: Type.Array(Texts),
  }),
});
export type Mount = Static<typeof Mount>;

export const MountPoint = Type.Object({
  Type: oneOf('bind', 'volume', 'tmpfs', 'image'),
  Name: Type.Optional(Type.String()),
  Source: Type.String(),
  Destination: Type.String(),
  Driver: Type.Optional(Type.String()),
  Mode: Type.String(),
  RW: Type.Boolean(),
  Propagation: Type.String(),
});
export type MountPoint = Static<typeof MountPoint>;
