/** `docker cp - CONTAINER:PATH`: an archive unpacked into a directory of a container, as it comes. */
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError, errnoOf, messageOf } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';
import { decompressed } from '../../../image/compression.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { publish } from '../events.ts';
import { locked } from '../lock.ts';
import type { Root } from './job.ts';
import { pipeToThread } from './pipes.ts';
import { withContainerRoot } from './root.ts';

export interface ArchivePut {
  /** The container as the client named it. */
  reference: string;
  path: string;
  /** Plain, gzip, zstd, bzip2 or xz. */
  archive: Readable;
  /** Refuse to replace a directory by something else, and the other way round. */
  keepKinds: boolean;
  /** Everything goes to the user that the container runs as, if it names one. */
  ownedByUser: boolean;
}

/**
 * What was unpacked before a failure stays, as in Docker. A container that does not run is not started meanwhile: two
 * mounts that write to one layer are more than overlayfs promises.
 */
export function putArchive(engine: Engine, container: Container, request: ArchivePut): Promise<void> {
  const put = () =>
    step('container.archive.put', { id: container.id, path: request.path }, () =>
      withContainerRoot(engine, container, (root) => extract(engine, container, root, request)),
    );
  return engine.tasks.get(container.id) ? put() : locked(engine, container, put);
}

async function extract(engine: Engine, container: Container, root: Root, request: ArchivePut): Promise<void> {
  const { reference, path, keepKinds, ownedByUser } = request;
  const user = ownedByUser ? container.config.User || undefined : undefined;
  const { fd, stream, closeThreadEnd } = pipeToThread();
  stream.on('error', () => {});
  const job = { verb: 'extract', root, input: fd, container: reference, path, keepKinds, user } as const;
  const { ready, done } = engine.files.start(job);
  // From then on nobody reads what is left of the body.
  const ended = done.finally(() => {
    closeThreadEnd();
    stream.destroy();
  });
  ended.catch(() => {});
  try {
    await ready;
    await settle(ended, feed(request.archive, stream));
    publish(engine, container, 'extract-to-dir');
  } finally {
    stream.destroy();
    await ended.catch(() => {});
  }
}

/** Inflates on the way. The body itself is left to its owner, who may still want to answer on its connection. */
async function feed(body: Readable, stream: Writable): Promise<void> {
  const copy = new PassThrough();
  const onError = (error: Error) => copy.destroy(error);
  body.on('error', onError).pipe(copy);
  try {
    await pipeline((await decompressed(copy)).plain, stream);
  } finally {
    body.off('error', onError).unpipe(copy);
    body.resume();
  }
}

/** What the thread says comes first, unless it only met the end of a body that broke off or could not be inflated. */
async function settle(ended: Promise<unknown>, fed: Promise<void>): Promise<void> {
  const [thread, body] = await Promise.allSettled([ended, fed]);
  if (body.status === 'rejected' && !isClosedPipe(body.reason)) {
    throw new EngineError('invalid-argument', `the archive cannot be read: ${messageOf(body.reason)}`, {
      cause: body.reason,
    });
  }
  if (thread.status === 'rejected') throw thread.reason;
}

const isClosedPipe = (error: unknown) =>
  ['EPIPE', 'ECANCELED', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(errnoOf(error) ?? '');
