/** Which namespaces are the container's own, the host's, or another container's: namespaces(7). */
import { internal } from '../../../core/errors.ts';
import type { NamespaceType, OciNamespace } from '../../../runtime/oci.ts';
import type { Engine } from '../../engine.ts';
import { type Container, notRunning } from '../container.ts';
import { type JoinedNetwork, sharedWith } from '../network.ts';

export function namespaces(engine: Engine, container: Container, network: JoinedNetwork): OciNamespace[] {
  const { PidMode, IpcMode, UTSMode, CgroupnsMode } = container.hostConfig;
  const list: OciNamespace[] = [{ type: 'mount' }];
  const add = (type: NamespaceType, mode: string | null | undefined) => {
    if (mode === 'host') return;
    const other = sharedWith(mode);
    list.push(other === undefined ? { type } : { type, path: pathOf(engine, other, type) });
  };
  if (network.namespace === 'new') list.push({ type: 'network' });
  else if (network.namespace !== 'host') list.push({ type: 'network', path: network.namespace.path });
  add('uts', UTSMode);
  add('pid', PidMode);
  add('ipc', IpcMode);
  if (CgroupnsMode === 'private') list.push({ type: 'cgroup' });
  return list;
}

const FILES: Record<NamespaceType, string> = {
  pid: 'pid',
  network: 'net',
  mount: 'mnt',
  ipc: 'ipc',
  uts: 'uts',
  user: 'user',
  cgroup: 'cgroup',
};

/** A namespace of a running container: /proc/pid/ns, proc(5). */
function pathOf(engine: Engine, reference: string, type: NamespaceType): string {
  const other = engine.containers.get(reference);
  const task = engine.tasks.get(other.id);
  // dockerd has it that the engine is to blame (500).
  if (!task)
    throw internal(`failed to join ${type.toUpperCase()} namespace: ${notRunning(other.id).message}`);
  return `/proc/${task.pid}/ns/${FILES[type]}`;
}
