/** The namespaces that a container has of its own by default (namespaces(7)). */
import type { NamespaceType, OciNamespace } from '../oci.ts';

/** Docker: a cgroup namespace only where control groups are version 2. */
export function defaultNamespaces(cgroupVersion: 1 | 2): OciNamespace[] {
  const types: NamespaceType[] = ['mount', 'network', 'uts', 'pid', 'ipc'];
  if (cgroupVersion === 2) types.push('cgroup');
  return types.map((type) => ({ type }));
}
