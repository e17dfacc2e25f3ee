/** `docker create`: a record, a writable layer, volumes and a name; nothing runs yet. */
import { hostname as hostName } from 'node:os';
import type { ContainerConfig, ContainerCreateRequest, HostConfig } from '../../api/container.ts';
import { invalidArgument } from '../../core/errors.ts';
import { nowNano } from '../../core/events.ts';
import { newId, shortId } from '../../core/ids.ts';
import { annotate, step } from '../../core/step.ts';
import { timestamp } from '../../core/time.ts';
import { type Undo, withUndo } from '../../core/undo.ts';
import type { Image } from '../../image/image.ts';
import type { Engine } from '../engine.ts';
import { type Container, noSuchContainer } from './container.ts';
import { endpointsAsked } from './endpoints.ts';
import { publish } from './events.ts';
import { findImage, platformWarnings } from './find-image.ts';
import { withHostDefaults } from './host-defaults.ts';
import { withImageDefaults } from './image-defaults.ts';
import { withinKernelLimits } from './kernel-limits.ts';
import { resolveLinks } from './links.ts';
import { logWarnings } from './logging/drivers.ts';
import { copyUpVolumes } from './mounts/copy-up.ts';
import { resolveMounts } from './mounts/resolve.ts';
import { makeUpName, parseName } from './names.ts';
import { sharedWith } from './network.ts';
import { commandLine } from './spec/process.ts';
import { initialState } from './state.ts';
import { networkWarnings, refuseConflicts } from './validate/network.ts';
import { validateProcess } from './validate/process.ts';
import { validate, validateChangeable } from './validate/validate.ts';
import { makeWorkingDirectory } from './working-directory.ts';

export interface CreateOptions {
  name?: string;
  /** `linux/arm64`: the image must be for it. */
  platform?: string;
  /** Read-only mounts leave what is mounted below them writable. */
  readOnlyNonRecursive?: boolean;
}

/** Throws `invalid-argument`, `not-found` (image) or `conflict` (name), and leaves nothing then. */
export function createContainer(
  engine: Engine,
  request: ContainerCreateRequest,
  options: CreateOptions,
): Promise<{ container: Container; warnings: string[] }> {
  return step('container.create', { name: options.name, image: request.Image ?? '' }, () =>
    withUndo((undo) => create(engine, request, options, undo)),
  );
}

async function create(engine: Engine, request: ContainerCreateRequest, options: CreateOptions, undo: Undo) {
  refuseEmpty(request);
  refuseConflicts(request, request.HostConfig ?? {});
  validateAsked(engine, request);
  const image = findImage(engine, request.Image ?? '', options.platform);
  const id = newId();
  annotate({ id });
  const asked = withHostDefaults(engine, resolveShared(engine, request.HostConfig ?? {}));
  const { hostConfig, warnings } = withinKernelLimits(engine.settings, asked);
  const config = ownConfig(engine, request, image, hostConfig, id);
  validate(engine, { ...config, Hostname: request.Hostname, ExposedPorts: request.ExposedPorts }, hostConfig);
  const name = reserveName(engine, options.name, id, undo);
  undo.push(() => engine.volumeClaims.release(id));
  const directory = engine.containers.makeDirectory(id);
  undo.push(() => engine.containers.discard(id));
  await engine.images.prepareSnapshot({ directory, image, initLayer: true });
  undo.push(() => engine.images.removeSnapshot(directory));
  const container: Container = {
    version: 1,
    id,
    name,
    created: timestamp(nowNano()),
    imageId: image.id,
    image: request.Image ?? '',
    platform: image.config.os,
    config,
    hostConfig,
    endpoints: endpointsAsked(engine, request, hostConfig),
    links: resolveLinks(engine, hostConfig),
    mounts: await resolveMounts({ ...options, engine, undo, id }, config, hostConfig),
    state: initialState,
  };
  await makeWorkingDirectory(engine, container, image);
  await copyUpVolumes(engine, container);
  await engine.containers.add(container);
  engine.volumeClaims.release(id);
  publish(engine, container, 'create');
  return {
    container,
    warnings: [
      ...platformWarnings(image, options),
      ...warnings,
      ...networkWarnings(hostConfig),
      ...logWarnings(hostConfig),
    ],
  };
}

/** dockerd looks at these before it looks for the image; the rest, and what the image says, comes after. */
function validateAsked(
  engine: Engine,
  { HostConfig, NetworkingConfig: _, ...config }: ContainerCreateRequest,
) {
  validateProcess(config);
  validateChangeable(engine, withinKernelLimits(engine.settings, HostConfig ?? {}).hostConfig);
}

function refuseEmpty({ HostConfig: _, NetworkingConfig: __, ...config }: ContainerCreateRequest): void {
  if (Object.values(config).every((value) => value === null || value === undefined))
    throw invalidArgument('config cannot be empty in order to create a container');
}

/**
 * `container:NAME` becomes `container:ID`, so that a rename changes nothing. Whose network is shared may come later: as
 * with Docker, that one is missed at the start.
 */
function resolveShared(engine: Engine, hostConfig: HostConfig): HostConfig {
  const resolve = (mode: string | null | undefined, required = true) => {
    const reference = sharedWith(mode);
    const other = reference ? engine.containers.find(reference) : undefined;
    if (other) return `container:${other.id}`;
    if (reference && required) throw invalidArgument(noSuchContainer(reference).message);
    return mode ?? '';
  };
  const { NetworkMode, PidMode, IpcMode } = hostConfig;
  return {
    ...hostConfig,
    NetworkMode: resolve(NetworkMode, false),
    PidMode: resolve(PidMode),
    IpcMode: resolve(IpcMode),
  };
}

function ownConfig(
  engine: Engine,
  { HostConfig: _, NetworkingConfig: __, ...asked }: ContainerCreateRequest,
  image: Image,
  hostConfig: HostConfig,
  id: string,
): ContainerConfig {
  const config = withImageDefaults(asked, image.config.config ?? {});
  if (commandLine(config).length === 0) throw invalidArgument('no command specified');
  return { ...config, Hostname: hostname(engine, config, hostConfig, id) };
}

/** Who shares a network shares its name, be it the host's; with `--uts host` alone the id stands here, as in dockerd. */
function hostname(engine: Engine, config: ContainerConfig, hostConfig: HostConfig, id: string): string {
  const { NetworkMode } = hostConfig;
  const other = engine.containers.find(sharedWith(NetworkMode) ?? '');
  if (other) return other.config.Hostname ?? '';
  if (config.Hostname) return config.Hostname;
  return NetworkMode === 'host' ? hostName() : shortId(id);
}

function reserveName(engine: Engine, asked: string | undefined, id: string, undo: Undo): string {
  const name = asked ? parseName(asked) : makeUpName((candidate) => engine.containers.isNameTaken(candidate));
  engine.containers.reserveName(name, id);
  undo.push(() => engine.containers.releaseName(name));
  return name;
}
