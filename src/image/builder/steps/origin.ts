/** Where COPY and bind mounts take files from: the context, a stage, or an image, each opened once in a build. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Undo } from '../../../core/undo.ts';
import { mount, unmount } from '../../../kernel/mount.ts';
import type { Build } from '../build.ts';
import type { Found } from '../files/find.ts';
import type { Source } from '../stages/plan.ts';
import type { Point } from '../stages/point.ts';

export interface Origin {
  /** Directory on the host with its files; must not be written to. */
  root(): Promise<string>;
  /** The same, with a layer for writing on top that goes with `undo`. */
  scratch(directory: string, undo: Undo): Promise<string>;
  find(sources: string[], exclude: string[], deep?: boolean): Promise<Found[]>;
  /** What the content of the sources is known by: an image's id, where there is one, spares reading the files. */
  contentKey(sources: string[]): Promise<unknown>;
}

export async function openOrigin(build: Build, source: Source | { kind: 'context' }): Promise<Origin> {
  const point = await pointOf(build, source);
  const root = () => (point ? build.view(point) : Promise.resolve(build.context.directory));
  const search = async (sources: string[], exclude: string[], deep = false) =>
    build.files.find(
      { root: await root(), sources, exclude, deep, wildcards: true, isContext: !point },
      point?.id ? undefined : build.request.signal,
    );
  // An image's files never change: what was found in them once is found again, and another build may wait for it.
  const find = (sources: string[], exclude: string[], deep = false) =>
    point?.id
      ? build.remembered(JSON.stringify([point.id, sources, exclude, deep]), () =>
          search(sources, exclude, deep),
        )
      : search(sources, exclude, deep);
  return {
    root,
    find,
    scratch: async (directory, undo) => overlayOn(await root(), directory, undo),
    contentKey: async (sources) =>
      point
        ? [point.id ?? null, sources]
        : (await search(sources, [])).map(({ hash, links }) => [hash, links]),
  };
}

/** Undefined: the context. */
async function pointOf(build: Build, source: Source | { kind: 'context' }): Promise<Point | undefined> {
  switch (source.kind) {
    case 'context':
      return undefined;
    case 'stage':
      return build.stage(source.index);
    default:
      return build.base(source);
  }
}

function overlayOn(lower: string, directory: string, undo: Undo): string {
  const [root, upper, work] = ['root', 'upper', 'work'].map((name) => join(directory, name));
  for (const path of [root, upper, work]) if (path) mkdirSync(path, { recursive: true });
  mount('overlay', root ?? '', 'overlay', 0, `lowerdir=${lower},upperdir=${upper},workdir=${work}`);
  undo.push(() => unmount(root ?? ''));
  return root ?? '';
}
