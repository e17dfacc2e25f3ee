/** `docker export`: the whole root filesystem of a container as an archive; volumes are empty directories in it. */
import type { Readable } from 'node:stream';
import { step } from '../../../core/step.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { publish } from '../events.ts';
import { sendFromThread } from './archive-get.ts';
import { withBareRoot } from './root.ts';

/** `send` resolves when the archive has been sent; a failure meanwhile breaks the stream. */
export function exportContainer(
  engine: Engine,
  container: Container,
  send: (archive: Readable) => Promise<void>,
): Promise<void> {
  return step('container.export', { id: container.id }, async () => {
    await withBareRoot(engine, container, (root) =>
      sendFromThread(
        engine,
        (out) => ({ verb: 'export', root, out }),
        (_, archive) => send(archive),
      ),
    );
    publish(engine, container, 'export');
  });
}
