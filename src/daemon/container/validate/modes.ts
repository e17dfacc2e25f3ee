/** Namespaces: each a container's own, the host's or another container's. */
import type { ContainerConfig, HostConfig } from '../../../api/container.ts';
import { invalidArgument } from '../../../core/errors.ts';
import { sharedWith } from '../network.ts';

type Mode = string | null | undefined;

export function validateModes(hostConfig: HostConfig): void {
  const { IpcMode, PidMode, UTSMode, CgroupnsMode, UsernsMode, Isolation, Cgroup, OomScoreAdj } = hostConfig;
  if (!isMode(IpcMode, ['none', 'host', 'private', 'shareable']) && !isShared(IpcMode))
    throw invalidArgument(`invalid IPC mode: ${IpcMode}`);
  if (!isMode(PidMode, ['host']) && !isShared(PidMode)) throw invalidArgument(`invalid PID mode: ${PidMode}`);
  if (!isMode(UTSMode, ['host'])) throw invalidArgument(`invalid UTS mode: ${UTSMode}`);
  if (!isMode(CgroupnsMode, ['host', 'private']))
    throw invalidArgument(`invalid cgroup namespace mode: ${CgroupnsMode}`);
  if (!isMode(UsernsMode, ['host'])) throw invalidArgument(`invalid userns mode: ${UsernsMode}`);
  if (Isolation && Isolation.toLowerCase() !== 'default')
    throw invalidArgument(`Invalid isolation: "${Isolation}" - linux only supports 'default'`);
  if (Cgroup) throw invalidArgument(`invalid cgroup mode: ${Cgroup}: a container has a cgroup of its own`);
  if (OomScoreAdj && (OomScoreAdj < -1000 || OomScoreAdj > 1000)) {
    throw invalidArgument(`Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  }
}

/** Who has the host's names cannot have names of its own. `asked`: before defaults. */
export function refuseNamesOfOwn(asked: ContainerConfig, { UTSMode, NetworkMode }: HostConfig): void {
  if (UTSMode === 'host' && asked.Hostname)
    throw invalidArgument('conflicting options: hostname and the UTS mode');
  if (UTSMode === 'host' && asked.Domainname)
    throw invalidArgument('conflicting options: domainname and the UTS mode');
  if (sharedWith(NetworkMode) !== undefined && asked.Hostname)
    throw invalidArgument('conflicting options: hostname and the network mode');
}

const isMode = (mode: Mode, known: string[]) => !mode || known.includes(mode);
const isShared = (mode: Mode) => Boolean(sharedWith(mode));
