/** `docker rm --link parent/alias`. */
import { conflict, notFound } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import { rewriteFiles } from './rewrite-files.ts';
import { isUp } from './state.ts';

/** The container called so has one name less; it is not removed. */
export function removeLink(engine: Engine, parentName: string, alias: string): void {
  const parent = engine.containers.get(parentName);
  if (!alias) throw conflict(`Conflict, cannot remove the default link name of the container: ${parentName}`);
  const links = (parent.links ?? []).filter((link) => link.alias !== alias);
  if (links.length === (parent.links ?? []).length)
    throw notFound(`Could not get parent ${parentName}/${alias} for an alias: no such link`);
  engine.containers.configure(parent, { links });
  if (isUp(parent.state)) rewriteFiles(engine, parent);
}
