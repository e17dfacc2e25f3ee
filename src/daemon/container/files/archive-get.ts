/** `docker cp CONTAINER:PATH -`: a file or a directory of a container as an archive, streamed. */
import type { Readable } from 'node:stream';
import type { PathStat } from '../../../api/container.ts';
import { step } from '../../../core/step.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { publish } from '../events.ts';
import type { FilesJob } from './job.ts';
import { pipeFromThread } from './pipes.ts';
import { withContainerRoot } from './root.ts';

export interface ArchiveGet {
  /** `reference`: the container as the client named it. */
  reference: string;
  path: string;
  /** Called once it is known that the path is there; resolves when the archive has been sent. */
  send(stat: PathStat, archive: Readable): Promise<void>;
}

/** Throws `not-found` before `send` is called; a failure after that breaks the stream, too. */
export function getArchive(engine: Engine, container: Container, request: ArchiveGet): Promise<void> {
  const { reference, path, send } = request;
  return step('container.archive.get', { id: container.id, path }, () =>
    withContainerRoot(engine, container, (root) =>
      sendFromThread<PathStat>(
        engine,
        (out) => ({ verb: 'pack', root, out, container: reference, path }),
        async (stat, archive) => {
          publish(engine, container, 'archive-path');
          await send(stat, archive);
        },
      ),
    ),
  );
}

/** Runs a job that writes an archive, and hands what it writes to `send` as it comes. */
export async function sendFromThread<Ready>(
  engine: Engine,
  job: (out: number) => FilesJob,
  send: (ready: Ready, archive: Readable) => Promise<void>,
): Promise<void> {
  const { fd, stream, closeThreadEnd } = pipeFromThread();
  stream.on('error', () => {});
  const { ready, done } = engine.files.start<Ready>(job(fd));
  // The archive may only end as whole once the job has ended well.
  const written = done.then(closeThreadEnd, (error) => {
    stream.destroy(error);
    closeThreadEnd();
    throw error;
  });
  written.catch(() => {});
  try {
    await send(await ready, stream);
    await written;
  } finally {
    stream.destroy();
    await written.catch(() => {});
  }
}
