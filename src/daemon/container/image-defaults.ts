/** What a container takes from its image where the person said nothing: Docker's merge rules. */
import { posix } from 'node:path';
import type { ContainerConfig } from '../../api/container.ts';
import type { ImageRunConfig } from '../../image/oci.ts';
import { asList } from './spec/process.ts';

/** Pure. Lists and maps come back as new ones. */
export function withImageDefaults(asked: ContainerConfig, image: ImageRunConfig): ContainerConfig {
  return {
    ...asked,
    ...command(asked, image),
    User: asked.User || image.User || '',
    WorkingDir: clean(asked.WorkingDir || image.WorkingDir || ''),
    Env: environment(asked.Env ?? [], image.Env ?? []),
    Labels: { ...image.Labels, ...asked.Labels },
    ExposedPorts: { ...image.ExposedPorts, ...asked.ExposedPorts },
    Volumes: orNull({ ...image.Volumes, ...asked.Volumes }),
    StopSignal: asked.StopSignal || image.StopSignal,
    StopTimeout: asked.StopTimeout ?? image.StopTimeout,
    Shell: asked.Shell ?? image.Shell,
    OnBuild: asked.OnBuild ?? null,
    Healthcheck: healthcheck(asked.Healthcheck, image.Healthcheck),
  };
}

/** What is no absolute path is refused later, as it was written. */
const clean = (path: string) => (path.startsWith('/') ? posix.resolve(path) : path);

/** dockerd shows a set that is empty as null. */
function orNull<T extends object>(set: T): T | null {
  return Object.keys(set).length > 0 ? set : null;
}

/**
 * An entrypoint of the person's own discards the image's command. `[""]` takes the image's entrypoint away.
 */
function command(
  { Entrypoint, Cmd }: ContainerConfig,
  image: ImageRunConfig,
): Pick<ContainerConfig, 'Entrypoint' | 'Cmd'> {
  const entrypoint = asList(Entrypoint);
  const cmd = asList(Cmd);
  if (entrypoint.length === 0) {
    return { Entrypoint: image.Entrypoint ?? null, Cmd: cmd.length > 0 ? cmd : (image.Cmd ?? null) };
  }
  const own = entrypoint.length === 1 && entrypoint[0] === '' ? null : entrypoint;
  return { Entrypoint: own, Cmd: cmd.length > 0 ? cmd : null };
}

/** The person's variables first, then those of the image that they did not name. */
function environment(asked: string[], image: string[]): string[] {
  const named = new Set(asked.map(nameOf));
  return [...asked, ...image.filter((entry) => !named.has(nameOf(entry)))];
}

const nameOf = (entry: string) => entry.split('=', 1)[0];

/** Each part by itself: a person may change the interval and keep the image's test. */
function healthcheck(
  asked: ContainerConfig['Healthcheck'],
  image: ImageRunConfig['Healthcheck'],
): ContainerConfig['Healthcheck'] {
  if (!asked) return image;
  if (!image) return asked;
  return {
    Test: asked.Test?.length ? asked.Test : image.Test,
    Interval: asked.Interval || image.Interval,
    Timeout: asked.Timeout || image.Timeout,
    StartPeriod: asked.StartPeriod || image.StartPeriod,
    StartInterval: asked.StartInterval || image.StartInterval,
    Retries: asked.Retries || image.Retries,
  };
}
