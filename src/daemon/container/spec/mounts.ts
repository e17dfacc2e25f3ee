/** Everything that is mounted inside the container, in the order in which runc mounts it: shallow targets first. */
import type { OciMount } from '../../../runtime/oci.ts';
import { defaultMounts } from '../../../runtime/spec/mounts.ts';
import type { Container, ContainerMount } from '../container.ts';
import type { MountSources } from '../mounts/attach.ts';
import { parseTmpfsOptions } from '../mounts/tmpfs-options.ts';
import { shmSize } from '../shared-memory.ts';
import { hasInit, INIT_PATH } from './process.ts';
import type { SpecContext } from './spec.ts';

export function mounts(container: Container, context: SpecContext & { initPath?: string }): OciMount[] {
  const own = [
    ...networkFileMounts(container, context),
    ...container.mounts.map((point) => pointMount(point, context.sources)),
    ...tmpfsMounts(container),
  ];
  if (hasInit(container.hostConfig) && context.initPath) own.push(bind(context.initPath, INIT_PATH, ['ro']));
  const targets = new Set(own.map(({ destination }) => destination));
  const usual = standardMounts(container, context).filter(({ destination }) => !targets.has(destination));
  return [...usual, ...own.sort((a, b) => depth(a) - depth(b))];
}

const depth = ({ destination }: OciMount) => destination.split('/').length;

function standardMounts({ hostConfig, ...rest }: Container, { sharedMemory }: SpecContext): OciMount[] {
  const container = { hostConfig, ...rest };
  const list = defaultMounts({
    shmSize: shmSize(container),
    privileged: hostConfig.Privileged === true,
  });
  const shm = hostConfig.IpcMode === 'host' ? '/dev/shm' : sharedMemory;
  if (hostConfig.IpcMode === 'none') return list.filter(({ destination }) => destination !== '/dev/shm');
  // /dev/mqueue needs no such thing: a mount of it shows the queues of the IPC namespace it is made in (mq_overview(7)).
  return list.map((mount) => (mount.destination === '/dev/shm' && shm ? bind(shm, '/dev/shm', []) : mount));
}

/** The three files, unless a mount of the person's own covers them. */
function networkFileMounts({ mounts, hostConfig }: Container, { network }: SpecContext): OciMount[] {
  const covered = new Set(mounts.map(({ Destination }) => Destination));
  const options = hostConfig.ReadonlyRootfs ? ['ro'] : [];
  return [
    bind(network.files.resolvConf, '/etc/resolv.conf', options),
    bind(network.files.hostname, '/etc/hostname', options),
    bind(network.files.hosts, '/etc/hosts', options),
  ].filter(({ destination }) => !covered.has(destination));
}

function pointMount(point: ContainerMount, sources: MountSources): OciMount {
  const destination = point.Destination ?? '';
  if (point.Type === 'tmpfs') return tmpfs(destination, tmpfsOptions(point));
  const asked = point.asked?.BindOptions;
  return {
    type: 'bind',
    source: sources.get(destination) ?? '',
    destination,
    options: [
      asked?.NonRecursive ? 'bind' : 'rbind',
      // mount_setattr(2) with AT_RECURSIVE: what is mounted below is read-only, too.
      ...(point.RW ? [] : [asked?.ReadOnlyNonRecursive ? 'ro' : 'rro']),
      point.Propagation || 'rprivate',
    ],
  };
}

const bind = (source: string, destination: string, options: string[]): OciMount => ({
  type: 'bind',
  source,
  destination,
  options: ['rbind', 'rprivate', ...options],
});

const tmpfs = (destination: string, options: string[]): OciMount => ({
  type: 'tmpfs',
  source: 'tmpfs',
  destination,
  options: ['noexec', 'nosuid', 'nodev', 'rprivate']
    .filter((usual) => !options.includes(usual.slice(2)))
    .concat(options),
});

function tmpfsMounts({ hostConfig }: Container): OciMount[] {
  return Object.entries(hostConfig.Tmpfs ?? {}).map(([destination, options]) =>
    tmpfs(destination, parseTmpfsOptions(options)),
  );
}

/** `--mount type=tmpfs`: size in bytes, mode as a number. */
function tmpfsOptions({ asked }: ContainerMount): string[] {
  const { SizeBytes, Mode, Options } = asked?.TmpfsOptions ?? {};
  return [
    ...(asked?.ReadOnly ? ['ro'] : []),
    ...(SizeBytes ? [`size=${SizeBytes}`] : []),
    ...(Mode ? [`mode=${Mode.toString(8)}`] : []),
    ...(Options ?? []).map((option) => option.join('=')),
  ];
}
