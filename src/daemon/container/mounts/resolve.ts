/**
 * What will be mounted where: the image's volumes, `--volumes-from`, `-v` and `--mount`, later ones over earlier
 * ones with the same target. Volumes are made here, once, when the container is made.
 */
import type { ContainerConfig, HostConfig, Mount, MountPoint } from '../../../api/container.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { Undo } from '../../../core/undo.ts';
import type { Image } from '../../../image/image.ts';
import type { Volume } from '../../../volume/volume.ts';
import type { Engine } from '../../engine.ts';
import { createVolume } from '../../volume/create.ts';
import { destroyVolume } from '../../volume/remove.ts';
import { volumeUsers } from '../../volume/users.ts';
import { type ContainerMount, noSuchContainer } from '../container.ts';
import { type Bind, parseBind } from './bind.ts';
import { makeBindSource, prepareBindSource } from './bind-source.ts';
import { bindPropagation } from './propagation.ts';
import { mountFault, parseTarget } from './target.ts';
import { validateMount } from './validate-mount.ts';

interface Wanted {
  engine: Engine;
  undo: Undo;
  /** Of the container that is being made. */
  id: string;
  readOnlyNonRecursive?: boolean;
}

export async function resolveMounts(
  wanted: Wanted,
  config: ContainerConfig,
  hostConfig: HostConfig,
): Promise<ContainerMount[]> {
  const points = new Map<string, ContainerMount>();
  const put = (point: ContainerMount) => points.set(point.Destination ?? '', point);
  for (const point of inherited(wanted.engine, hostConfig.VolumesFrom ?? [])) {
    if (point.Type === 'volume' && point.Name) wanted.engine.volumeClaims.claim(wanted.id, point.Name);
    put(point);
  }
  const explicit = new Set<string>();
  for (const text of hostConfig.Binds ?? []) {
    const bind = parseBind(text);
    refuseTwice(explicit, bind.target);
    if (hostConfig.Tmpfs && bind.target in hostConfig.Tmpfs) throw mountedTwice(bind.target);
    put(await fromBind(wanted, bind));
  }
  for (const mount of hostConfig.Mounts ?? []) {
    const target = parseTarget(mount.Type ?? '', mount.Target ?? '');
    validateMount(mount);
    refuseTwice(explicit, target);
    put(await fromMount(wanted, mount, target));
  }
  for (const path of Object.keys(config.Volumes ?? {})) {
    // `-v data` is `-v /data`: dockerd leaves it to the runtime, which starts at the root.
    const target = parseTarget('volume', path.startsWith('/') ? path : `/${path}`);
    if (!points.has(target) && !(hostConfig.Tmpfs && target in hostConfig.Tmpfs))
      put(await anonymous(wanted, target));
  }
  return [...points.values()];
}

function refuseTwice(seen: Set<string>, target: string): void {
  if (seen.has(target)) throw mountedTwice(target);
  seen.add(target);
}

const mountedTwice = (target: string) => invalidArgument(`Duplicate mount point: ${target}`);

/** `--volumes-from NAME[:ro|rw]`: the mounts of another container as they are. */
function inherited(engine: Engine, references: string[]): ContainerMount[] {
  return references.flatMap((text) => {
    const [reference = '', mode = ''] = text.split(':');
    if (text === '') throw invalidArgument('volumes-from specification cannot be an empty string');
    if (!['', 'ro', 'rw', 'z', 'Z'].includes(mode)) throw invalidArgument(`invalid mode: ${mode}`);
    const other = engine.containers.find(reference);
    if (!other) throw invalidArgument(noSuchContainer(reference).message);
    const points = other.mounts.filter(({ Type }) => Type !== 'tmpfs');
    return points.map((point) => (mode === 'ro' ? { ...point, RW: false } : point));
  });
}

async function fromBind(wanted: Wanted, bind: Bind): Promise<ContainerMount> {
  const { engine, readOnlyNonRecursive } = wanted;
  const point = {
    Destination: bind.target,
    Mode: bind.mode,
    RW: !bind.readOnly,
    Propagation: bind.propagation,
  };
  if (bind.source.startsWith('/')) {
    const Propagation = bindPropagation(engine.settings.dataRoot, bind.source, bind.propagation);
    await makeBindSource(bind.source);
    const asked = readOnlyNonRecursive && { asked: { BindOptions: { ReadOnlyNonRecursive: true } } };
    return { Type: 'bind', Source: bind.source, ...point, Propagation, ...asked };
  }
  const volume = await volumePoint(wanted, { name: bind.source });
  return { ...volume, ...point, Mode: bind.mode || 'z' };
}

async function fromMount(wanted: Wanted, mount: Mount, target: string): Promise<ContainerMount> {
  const point = { Destination: target, Mode: '', RW: !mount.ReadOnly, Propagation: '', asked: mount };
  switch (mount.Type) {
    case 'bind': {
      const Source = mount.Source ?? '';
      const { dataRoot } = wanted.engine.settings;
      const Propagation = bindPropagation(dataRoot, Source, mount.BindOptions?.Propagation ?? '');
      await prepareBindSource(Source, mount);
      return {
        ...point,
        asked: wanted.readOnlyNonRecursive ? nonRecursive(mount) : mount,
        Type: 'bind',
        Source,
        Propagation,
      };
    }
    case 'volume':
      return { ...(await volumePoint(wanted, volumeRequest(mount))), ...point, Mode: 'z' };
    case 'tmpfs':
      return { ...point, Type: 'tmpfs', Source: '' };
    case 'image':
      return { ...point, Type: 'image', Source: imageOf(wanted, mount).id, RW: false };
    default:
      throw mountFault(mount.Type ?? '', 'mount type unknown');
  }
}

const nonRecursive = (mount: Mount): Mount => ({
  ...mount,
  BindOptions: { ...mount.BindOptions, ReadOnlyNonRecursive: true },
});

function imageOf({ engine }: Wanted, { Source }: Mount): Image {
  if (Source) return engine.images.get(Source);
  throw mountFault('image', 'field Source must not be empty');
}

const anonymous = async (wanted: Wanted, target: string): Promise<MountPoint> => ({
  ...(await volumePoint(wanted, {})),
  Destination: target,
  Mode: '',
  RW: true,
  Propagation: '',
});

interface VolumeRequest {
  name?: string;
  driver?: string;
  labels?: Record<string, string>;
  options?: Record<string, string>;
}

function volumeRequest({ Source, VolumeOptions }: Mount): VolumeRequest {
  return {
    name: Source || undefined,
    driver: VolumeOptions?.DriverConfig?.Name || undefined,
    labels: VolumeOptions?.Labels ?? undefined,
    options: VolumeOptions?.DriverConfig?.Options ?? undefined,
  };
}

/** Makes the volume unless it is there. One that was made for this container goes if its creation fails. */
async function volumePoint({ engine, undo, id }: Wanted, request: VolumeRequest) {
  if (request.name) engine.volumeClaims.claim(id, request.name);
  const known = request.name ? engine.volumes.find(request.name) : undefined;
  const volume = await createVolume(engine, request);
  engine.volumeClaims.claim(id, volume.name);
  if (!known) undo.push(() => giveUp(engine, volume, id));
  const Source = engine.volumes.mountpoint(volume.name);
  return { Type: 'volume' as const, Name: volume.name, Source, Driver: volume.driver };
}

/** Somebody else may have come to it meanwhile. */
async function giveUp(engine: Engine, volume: Volume, id: string): Promise<void> {
  engine.volumeClaims.release(id, volume.name);
  if (volumeUsers(engine, volume.name).length === 0) await destroyVolume(engine, volume);
}
