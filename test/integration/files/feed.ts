/** Archives into and out of the threads that work on files, as the operations of the daemon do it. */
import { buffer } from 'node:stream/consumers';
import type { FilesJob, Root } from '../../../src/daemon/container/files/job.ts';
import { pipeFromThread, pipeToThread } from '../../../src/daemon/container/files/pipes.ts';
import type { FileThreads } from '../../../src/daemon/container/files/threads.ts';

interface At {
  root: Root;
  path: string;
}

/** The archive of a path, whole. */
export async function read(threads: FileThreads, at: At): Promise<Buffer> {
  return collect(threads, (out) => ({ verb: 'pack', out, container: 'c', ...at }));
}

export async function collect(threads: FileThreads, job: (out: number) => FilesJob): Promise<Buffer> {
  const { fd, stream, closeThreadEnd } = pipeFromThread();
  const { done } = threads.start(job(fd));
  const bytes = buffer(stream);
  const settled = done.finally(closeThreadEnd);
  settled.catch((error) => stream.destroy(error));
  bytes.catch(() => {});
  await settled;
  return bytes;
}

export async function feed(
  threads: FileThreads,
  at: At & { keepKinds: boolean; user?: string },
  archive: Buffer,
): Promise<void> {
  const { fd, stream, closeThreadEnd } = pipeToThread();
  stream.on('error', () => {});
  const { done } = threads.start({ verb: 'extract', input: fd, container: 'c', ...at });
  stream.end(archive);
  await done.finally(() => {
    closeThreadEnd();
    stream.destroy();
  });
}
