/** What a build reads: a directory on this host, and the Dockerfile. However the context comes, it ends here. */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { invalidArgument } from '../../../core/errors.ts';
import type { Unpacker } from '../../layer/unpack.ts';
import type { BuildFiles } from '../files/files.ts';
import { contextError, isArchive, unpackContext } from './archive.ts';
import { readDockerfile } from './dockerfile.ts';
import { fetchFile, isUrl, withoutSecrets } from './fetch.ts';
import { checkOut } from './git.ts';
import { parseGitUrl } from './git-url.ts';
import { hasIgnoreFile } from './ignored.ts';

export interface ContextRequest {
  /** The request's body; read if there is no remote. */
  stream: Readable;
  /** URL of a Git repository, a tarball, or a Dockerfile. Empty: none. */
  remote: string;
  /** Path of the Dockerfile in the context. */
  dockerfile: string;
  signal: AbortSignal;
}

export interface BuildContext {
  directory: string;
  dockerfile: { name: string; text: string };
  /** Removes it. */
  close(): Promise<void>;
}

/** Throws `invalid-argument` if there is no context to be had, or no Dockerfile in it. Leaves nothing then. */
export async function openContext(
  request: ContextRequest,
  parent: string,
  { unpacker, files }: { unpacker: Unpacker; files: Pick<BuildFiles, 'ignore'> },
): Promise<BuildContext> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const path = join(parent, randomBytes(8).toString('hex'));
  const close = async () => {
    await Promise.all([path, `${path}.fetched`].map((left) => rm(left, { recursive: true, force: true })));
  };
  try {
    const { directory, name } = await obtain(request, path, unpacker);
    const dockerfile = readDockerfile(directory, name);
    const scope = request.remote === '' ? 'what-the-client-could-not' : 'everything';
    // A context without the file, which is most of them, need not wait for the thread.
    if (hasIgnoreFile(directory, dockerfile.name))
      await files.ignore({ directory, dockerfile: dockerfile.name, scope });
    return { directory, dockerfile, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Obtained {
  directory: string;
  /** Of the Dockerfile. */
  name: string;
}

/** `path`: becomes the context. Beside it `path.fetched` may hold what it was made of. */
async function obtain(request: ContextRequest, path: string, unpacker: Unpacker): Promise<Obtained> {
  const { remote, signal, dockerfile: name, stream } = request;
  const fetched = `${path}.fetched`;
  const git = parseGitUrl(remote);
  if (git) return { directory: await checkOut(git, path, { signal }), name };
  if (remote === '') await receive(stream, fetched, signal);
  else if (isUrl(remote)) await fetchFile(remote, fetched, signal);
  else throw invalidArgument(`remote URL could not be parsed: ${remote}`);
  if (remote === '' || (await isArchive(fetched))) {
    await unpackContext(fetched, path, unpacker, signal);
    await rm(fetched);
    return { directory: path, name };
  }
  await loneDockerfile(fetched, path, remote);
  return { directory: path, name: 'Dockerfile' };
}

/**
 * Where it fails, the stream is left as it is: the server reads the rest, for a client may look at the answer only
 * when it has sent everything.
 */
async function receive(stream: Readable, path: string, signal: AbortSignal): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx' });
  stream.pipe(file);
  try {
    await Promise.all([finished(stream, { signal }), finished(file)]);
  } catch (error) {
    stream.unpipe(file);
    file.destroy();
    throw contextError(error, signal);
  }
}

/** A Dockerfile is text of a few pages; what is larger and no archive was meant to be something else. */
const DOCKERFILE_MAX = 1024 * 1024;

async function loneDockerfile(file: string, path: string, url: string): Promise<void> {
  const { size } = await stat(file);
  if (size > DOCKERFILE_MAX)
    throw invalidArgument(`${withoutSecrets(url)} is neither an archive nor a Dockerfile`);
  await mkdir(path, { mode: 0o755 });
  await writeFile(join(path, 'Dockerfile'), await readFile(file));
}
