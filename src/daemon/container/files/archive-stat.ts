/** `HEAD /containers/{id}/archive`: what is at a path of the container; of a link, the link itself. */
import type { PathStat } from '../../../api/container.ts';
import { step } from '../../../core/step.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { withContainerRoot } from './root.ts';

/** `reference`: the container as the client named it. Throws `not-found`. */
export function statPath(
  engine: Engine,
  container: Container,
  { reference, path }: { reference: string; path: string },
): Promise<PathStat> {
  return step('container.archive.stat', { id: container.id, path }, () =>
    withContainerRoot(engine, container, (root) =>
      engine.files.ask<PathStat>({ verb: 'stat', root, container: reference, path }),
    ),
  );
}
