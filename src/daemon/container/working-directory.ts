/**
 * The directory that a container begins in. Docker makes it with the container, not with its first start, so that files
 * can be put there before.
 */
import { step } from '../../core/step.ts';
import type { Image } from '../../image/image.ts';
import { kindInImage } from '../../image/snapshots/may-hold.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { withBareRoot } from './files/root.ts';

/** Its snapshot is prepared. Costs a look where the image has it. Throws `invalid-argument` if a file is in the way. */
export async function makeWorkingDirectory(
  engine: Engine,
  container: Container,
  image: Image,
): Promise<void> {
  const path = container.config.WorkingDir ?? '';
  if (path === '' || path === '/') return;
  if (kindInImage(engine.images.layerDirectories(image), path) === 'directory') return;
  await step('container.working-directory.make', { id: container.id, path }, () =>
    withBareRoot(engine, container, (root) => engine.files.ask<void>({ verb: 'make-directory', root, path })),
  );
}
