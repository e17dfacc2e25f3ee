/** The overlay mount of a container: the image's layers below, its own `upper` on top. See mount(8), overlayfs.rst. */
import { join } from 'node:path';
import type { Mount } from '../../core/mount.ts';

export interface OverlayRequest {
  /** Directory of the links to layers; and a descriptor of it, open as long as mounts are made. */
  links: string;
  linksFd: number;
  /** Names in `links`, top layer first; at least one. */
  lower: string[];
  /** `upper` is below it. Absent: a view that cannot be written to. */
  directory?: string;
  /** In place of `work` below `directory`. Null: nothing is written, `upper` is but the first of the layers. */
  work?: string | null;
}

/** mount(2) takes one page of options, the final NUL included. */
const OPTIONS_MAX = 4095;

/**
 * What these switch off would put into `upper` what only makes sense on this mount: a reference to a directory or to
 * data in a lower layer. Without them `upper` is a whole layer, ready to be committed.
 */
const PLAIN = ['index=off', 'redirect_dir=off', 'metacopy=off'];

export function overlayMount(request: OverlayRequest): Mount {
  const options = overlayOptions(request, request.links);
  const fits = options.join(',').length <= OPTIONS_MAX;
  // Only the process that holds the descriptor can resolve this form, hence the plain one where it fits.
  return overlay(fits ? options : overlayOptions(request, `/proc/self/fd/${request.linksFd}`));
}

function overlayOptions({ lower, directory, work }: OverlayRequest, links: string): string[] {
  const layers = lower.map((name) => `${links}/${name}`);
  if (directory === undefined) return [`lowerdir=${layers.join(':')}`, ...PLAIN];
  const upper = join(directory, 'upper');
  if (work === null) return [`lowerdir=${[upper, ...layers].join(':')}`, ...PLAIN];
  const workdir = work ?? join(directory, 'work');
  return [`lowerdir=${layers.join(':')}`, `upperdir=${upper}`, `workdir=${workdir}`, ...PLAIN];
}

function overlay(options: string[]): Mount {
  return { type: 'overlay', source: 'overlay', options };
}
