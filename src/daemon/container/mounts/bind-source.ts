/**
 * What a bind mount shows: a place on the host, which may come late and go again between two starts. It is looked at in
 * another thread: on a file server that does not answer, a look takes until it does.
 */
import { mkdir, stat } from 'node:fs/promises';
import type { Mount } from '../../../api/container.ts';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import type { ContainerMount } from '../container.ts';
import { mountFault } from './target.ts';

/** At every start as when the container was made. */
export function renewBindSource({ Source, asked }: ContainerMount): Promise<void> {
  return asked?.Type === 'bind' ? prepareBindSource(Source, asked) : makeBindSource(Source);
}

/** Throws in words of the mount for the first that asks for a place which has gone. */
export async function refuseMissingSources(points: readonly ContainerMount[]): Promise<void> {
  for (const { Source, asked } of points) if (asked?.Type === 'bind') await prepareBindSource(Source, asked);
}

/** `-v` makes a host directory that is not there, as root; Docker's habit. */
export async function makeBindSource(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      throw invalidArgument(`error while checking mount source path '${path}'`, error);
    await mkdir(path, { recursive: true, mode: 0o755 });
  }
}

/** `--mount type=bind` refuses a source that is not there, unless told to make it. */
export async function prepareBindSource(source: string, { BindOptions }: Mount): Promise<void> {
  if (BindOptions?.CreateMountpoint) {
    await makeBindSource(source);
    return;
  }
  try {
    await stat(source);
  } catch (error) {
    throw mountFault('bind', `bind source path does not exist: ${source}`, error);
  }
}
