/** `docker inspect`: the record, its life, and where everything is kept. */
import type { ContainerInspectResponse, HostConfig } from '../../api/container.ts';
import { NEVER } from '../../core/time.ts';
import type { Engine } from '../engine.ts';
import { type Container, mountsShown } from './container.ts';
import { linksShown } from './links.ts';
import { logPath } from './logging/target.ts';
import { manifestDescriptor } from './manifest-descriptor.ts';
import { networkFilesOf, networkMode } from './network.ts';
import { networkSettings } from './network-settings.ts';
import { configShown, hostConfigShown } from './shown-config.ts';
import { containerSize } from './size.ts';
import { commandLine } from './spec/process.ts';
import { appArmorProfile } from './spec/security.ts';
import { type ContainerState, isUp, wasStarted } from './state.ts';

export interface InspectOptions {
  /** What its own layer and all its layers take. */
  size: boolean;
  /** Also the address that was asked for as the container's: clients before API 1.52 look for it there. */
  macAddress: boolean;
}

export async function inspectContainer(
  engine: Engine,
  container: Container,
  options: InspectOptions,
): Promise<ContainerInspectResponse> {
  const { id, config, state } = container;
  const [Path = '', ...Args] = commandLine(config);
  const execs = engine.execs.of(id).filter(({ status }) => status === 'running');
  return {
    Id: id,
    Created: container.created,
    Path,
    Args,
    State: stateShown(state),
    Image: container.imageId,
    ...paths(engine, container),
    Name: `/${container.name}`,
    RestartCount: state.restartCount,
    Driver: 'overlay2',
    Platform: container.platform,
    ImageManifestDescriptor: manifestDescriptor(engine, container),
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: appArmorShown(engine, container),
    ExecIDs: execs.length > 0 ? execs.map((exec) => exec.id) : null,
    HostConfig: hostConfigShown(withLinks(engine, container)),
    GraphDriver: graphDriver(engine, container),
    ...(options.size ? { SizeRw: 0, ...(await containerSize(engine, container)) } : {}),
    Mounts: mountsShown(container),
    Config: configShown({ ...config, MacAddress: options.macAddress ? askedMac(container) : null }),
    NetworkSettings: networkSettings(engine, container),
  };
}

type Paths = Pick<ContainerInspectResponse, 'ResolvConfPath' | 'HostnamePath' | 'HostsPath' | 'LogPath'>;

/** They are settled when it is first started, even if nothing came of it. */
function paths(engine: Engine, container: Container): Paths {
  if (!wasStarted(container.state))
    return { ResolvConfPath: '', HostnamePath: '', HostsPath: '', LogPath: '' };
  const files = networkFilesOf(engine, container);
  const logged = container.hostConfig.LogConfig?.Type !== 'none';
  return {
    ResolvConfPath: files.resolvConf,
    HostnamePath: files.hostname,
    HostsPath: files.hosts,
    LogPath: logged ? logPath(engine, container) : '',
  };
}

function askedMac(container: Container): string | null {
  const endpoint = container.endpoints[networkMode(container)];
  return endpoint?.MacAddress || container.config.MacAddress || null;
}

function withLinks(engine: Engine, container: Container): HostConfig {
  const { hostConfig, links } = container;
  if (!links || networkMode(container) !== 'bridge') return hostConfig;
  return { ...hostConfig, Links: links.length > 0 ? linksShown(engine, container) : null };
}

/** Docker settles it when the container is started. */
const appArmorShown = (engine: Engine, { hostConfig, state }: Container) =>
  state.startedAt === NEVER ? '' : (appArmorProfile(engine, hostConfig) ?? '');

function stateShown(state: ContainerState): ContainerInspectResponse['State'] {
  return {
    Status: state.status,
    Running: isUp(state) || state.status === 'restarting',
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: state.status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health ? { Health: state.health } : {}),
  };
}

/** The directories of the overlay mount, as the snapshot describes it (overlayfs, kernel documentation). */
function graphDriver(engine: Engine, container: Container): ContainerInspectResponse['GraphDriver'] {
  const directory = engine.containers.directory(container.id);
  const image = engine.images.find(container.imageId);
  const [root] = image ? engine.images.snapshotMounts({ directory, image }) : [];
  const option = (name: string) =>
    root?.options.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  return {
    Name: 'overlay2',
    Data: { LowerDir: option('lowerdir'), UpperDir: option('upperdir'), WorkDir: option('workdir') },
  };
}
