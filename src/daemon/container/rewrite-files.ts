/** What a running container's network files say follows its networks, and the containers that it is linked to. */
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { linkedHosts } from './links.ts';
import { networkFiles, writeNetworkFiles } from './network-files.ts';
import { isUp } from './state.ts';

export function rewriteFiles(engine: Engine, container: Container): void {
  const files = networkFiles(engine.containers.directory(container.id));
  const sandbox = engine.networks.sandbox(container.id);
  writeNetworkFiles(files, container, sandbox, engine, linkedHosts(engine, container));
}

/** A container has begun to run: those that are linked to it learn its address. */
export function tellLinked(engine: Engine, { id }: Container): void {
  const isLinked = ({ links, state }: Container) =>
    isUp(state) && links?.some((link) => link.id === id) === true;
  for (const parent of engine.containers.list().filter(isLinked)) rewriteFiles(engine, parent);
}
