/**
 * How mounts below a bind mount come and go with the host's. Where the engine keeps its own, a container that held on
 * to a copy of them would keep other containers from being removed: those always follow the host (rslave).
 */
import { relative } from 'node:path';
import { EngineError, invalidArgument } from '../../../core/errors.ts';
import { mountOf } from '../../../kernel/mount-table.ts';
import type { ContainerMount } from '../container.ts';

/** `asked`: '' if nobody did. Throws in dockerd's words for what would hold on to the engine's own mounts. */
export function bindPropagation(dataRoot: string, source: string, asked: string): string {
  if (!isWithin(source, dataRoot) && !isWithin(dataRoot, source)) return asked || 'rprivate';
  if (asked === '') return 'rslave';
  if (asked === 'rslave' || asked === 'rshared') return asked;
  throw invalidArgument(
    `invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: ${JSON.stringify(dataRoot)}, bind mount source: ${JSON.stringify(source)}, propagation: ${JSON.stringify(asked)}`,
  );
}

/**
 * A mount that keeps to itself has nothing to pass on. Throws in dockerd's words where it was asked to; what the engine
 * chose itself is only tried.
 */
export async function refuseUnshared(
  dataRoot: string,
  { Type, Source, Propagation = '' }: ContainerMount,
): Promise<void> {
  if (Type !== 'bind' || isWithin(Source, dataRoot) || isWithin(dataRoot, Source)) return;
  const toHost = Propagation.endsWith('shared');
  if (!toHost && !Propagation.endsWith('slave')) return;
  const mount = await mountOf(Source);
  if (!mount || mount.isShared || (mount.isSlave && !toHost)) return;
  const wanted = toHost ? 'shared' : 'shared or slave';
  throw new EngineError(
    'internal',
    `path ${Source} is mounted on ${mount.point} but it is not a ${wanted} mount`,
  );
}

const isWithin = (path: string, directory: string) => !/^\.\.(\/|$)/.test(relative(directory, path));
