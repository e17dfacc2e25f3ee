/** What a bind mount shows: a place on the host, which may come late and go again between two starts. */
import { mkdirSync, statSync } from 'node:fs';
import type { Mount } from '../../../api/container.ts';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import type { ContainerMount } from '../container.ts';
import { mountFault } from './target.ts';

/** At every start as when the container was made. */
export function renewBindSource({ Source, asked }: ContainerMount): void {
  if (asked?.Type === 'bind') prepareBindSource(Source, asked);
  else makeBindSource(Source);
}

/** `-v` makes a host directory that is not there, as root; Docker's habit. */
export function makeBindSource(path: string): void {
  try {
    statSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      throw invalidArgument(`error while checking mount source path '${path}'`, error);
    mkdirSync(path, { recursive: true, mode: 0o755 });
  }
}

/** `--mount type=bind` refuses a source that is not there, unless told to make it. */
export function prepareBindSource(source: string, { BindOptions }: Mount): void {
  if (BindOptions?.CreateMountpoint) {
    makeBindSource(source);
    return;
  }
  try {
    statSync(source);
  } catch (error) {
    throw mountFault('bind', `bind source path does not exist: ${source}`, error);
  }
}
