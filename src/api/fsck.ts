/** POST /skiff/fsck, an extension: what is wrong with what the engine keeps on disk. */
import Type, { type Static } from 'typebox';
import { query } from './schema.ts';

export const FsckQuery = query('repair');

export const FsckReport = Type.Object({
  /** How many objects were looked at. */
  Checked: Type.Integer(),
  Problems: Type.Array(
    Type.Object({
      /** `blob`, `image`, `layer`, `leftover`, `container`, `volume`, `network`, `bundle` */
      Kind: Type.String(),
      Name: Type.String(),
      Problem: Type.String(),
      Repaired: Type.Optional(Type.Boolean()),
    }),
  ),
});
export type FsckReport = Static<typeof FsckReport>;
