/** One job on files, from its root to its end; synchronous, in a worker (files-worker.ts). */
import { accessSync, closeSync, constants, readFileSync, readSync } from 'node:fs';
import { errnoOf, forbidden, invalidArgument } from '../../../core/errors.ts';
import { TarReader } from '../../../image/tar/reader.ts';
import { closeEntry, describe, namesIn, type TreeEntry, withEntry } from '../../../image/tree/entry.ts';
import { outputTo } from '../../../image/tree/output.ts';
import { TreePacker } from '../../../image/tree/pack.ts';
import { openRootAlone } from '../../../kernel/mount-namespace.ts';
import { findUser } from '../spec/user.ts';
import { changesOf } from './compare.ts';
import { copyUp } from './copy-up.ts';
import { TreeWriter } from './extract.ts';
import type { FilesJob, Root } from './job.ts';
import { makeDirectory } from './make-directory.ts';
import { initLayerOf } from './own-layer.ts';
import { asDirectory, type ContainerPath, noSuchFile, openPath, parseContainerPath } from './path.ts';
import { pathStat } from './stat.ts';
import { openView } from './view.ts';

type JobOf<V extends FilesJob['verb']> = Extract<FilesJob, { verb: V }>;
type Ready = (value: unknown) => void;

/** `ready` is called when the answer's head may be sent. */
export function carryOut(job: FilesJob, ready: Ready): unknown {
  switch (job.verb) {
    case 'stat':
      return withPath(job, (root, path, entry) => pathStat(root, path, entry));
    case 'pack':
      return packPath(job, ready);
    case 'extract':
      return extractTo(job, ready);
    case 'export':
      return exportRoot(job, ready);
    case 'copy-up':
      return withRoot(job.root, (root) => copyUp(root, job.path, job.target));
    case 'make-directory':
      return withRoot(job.root, (root) => makeDirectory(root, job.path));
    case 'changes':
      return changesOf(job);
    case 'init-layer':
      return initLayerOf(job);
  }
}

function packPath(job: JobOf<'pack'>, ready: Ready): void {
  withPath(job, (root, path, entry) => {
    ready(pathStat(root, path, entry));
    const output = outputTo(job.out);
    const packer = new TreePacker(output.write);
    packer.addTree(entry, Buffer.from(path.name).toString('latin1'));
    packer.finish();
    output.flush();
  });
}

/** Mount points are there, empty: what is mounted on them in the container is not seen from this root. */
function exportRoot({ root, out }: JobOf<'export'>, ready: Ready): void {
  withRoot(root, (fd) => {
    ready(undefined);
    const output = outputTo(out);
    const packer = new TreePacker(output.write);
    for (const name of namesIn(describe(fd))) withEntry(fd, name, (entry) => packer.addTree(entry, name));
    packer.finish();
    output.flush();
  });
}

function extractTo(job: JobOf<'extract'>, ready: Ready): void {
  withPath(job, (root, { path }, entry) => {
    refuseReadOnly(root, entry);
    ready(undefined);
    const below = path.replace(/^\/+|\/*\.?\/*$/g, '');
    const owner = job.user === undefined ? undefined : findUser(`/proc/self/fd/${root}`, job.user, []);
    const { keepKinds } = job;
    const writer = new TreeWriter(root, Buffer.from(below).toString('latin1'), { keepKinds, owner });
    try {
      readArchive(job.input, writer);
      writer.finish();
    } finally {
      writer.close();
    }
  });
}

/** Plain by now. An empty body is an archive of nothing. */
function readArchive(input: number, writer: TreeWriter): void {
  const reader = new TarReader(writer);
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for (let length = readSync(input, buffer); length > 0; length = readSync(input, buffer)) {
    reader.push(buffer.subarray(0, length));
  }
  reader.finish(false);
}

function withPath<T>(
  { root, path: given, container, verb }: { root: Root; path: string; container: string; verb: string },
  operation: (root: number, path: ContainerPath, entry: TreeEntry) => T,
): T {
  return withRoot(root, (fd) => {
    // What is extracted goes into the directory that a link leads to.
    const path = verb === 'extract' ? asDirectory(parseContainerPath(given)) : parseContainerPath(given);
    const entry = openOrRefuse(fd, path, { given, container, verb });
    try {
      return operation(fd, path, entry);
    } finally {
      closeEntry(entry);
    }
  });
}

function openOrRefuse(
  root: number,
  path: ContainerPath,
  { given, container, verb }: { given: string; container: string; verb: string },
): TreeEntry {
  try {
    return openPath(root, path);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT') throw noSuchFile(given, container, error);
    if (code === 'ENOTDIR' && verb === 'extract')
      throw invalidArgument('extraction point is not a directory');
    if (code === 'ENOTDIR') throw invalidArgument(`lstat ${path.path}: not a directory`, error);
    if (code === 'ELOOP')
      throw invalidArgument(`lstat ${path.path}: too many levels of symbolic links`, error);
    throw error;
  }
}

function withRoot<T>(root: Root, operation: (fd: number) => T): T {
  if ('fd' in root) return operation(root.fd);
  if ('namespace' in root) return withRootAlone(root.namespace, operation);
  const view = openView(root.view);
  try {
    return operation(view.root);
  } finally {
    view.close();
  }
}

function withRootAlone<T>(namespace: number, operation: (fd: number) => T): T {
  const fd = openRootAlone(namespace);
  try {
    return operation(fd);
  } finally {
    closeSync(fd);
  }
}

/** access(2): W_OK on a file system that is mounted read-only is EROFS, for root too. */
function refuseReadOnly(root: number, { fd }: TreeEntry): void {
  try {
    accessSync(`/proc/self/fd/${fd}`, constants.W_OK);
  } catch (error) {
    if (errnoOf(error) !== 'EROFS') throw error;
    const isOwn = mountIdOf(fd) === mountIdOf(root);
    throw forbidden(
      isOwn ? 'container rootfs is marked read-only' : 'mounted volume is marked read-only',
      error,
    );
  }
}

/** proc(5), "fdinfo": the mount that a descriptor is on. */
function mountIdOf(fd: number): string | undefined {
  return /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
}
