/** What legacy links let through where containers are kept apart: from one container to what another one exposes. */
import type { LinkedPort } from '../kernel/calls.ts';
import type { NetworkStore } from '../record/store.ts';
import type { LiveEndpoint, SandboxRecord, SandboxStore } from '../sandbox/store.ts';

export function linkedPorts({
  networks,
  sandboxes,
}: {
  networks: NetworkStore;
  sandboxes: SandboxStore;
}): LinkedPort[] {
  const filtered = networks.list().find((live) => live.filtered);
  if (!filtered) return [];
  const endpointOf = (record: SandboxRecord | undefined): LiveEndpoint | undefined =>
    record?.endpoints.find(({ networkId }) => networkId === filtered.network.id);
  return sandboxes.list().flatMap((parent) => {
    const endpoint = endpointOf(parent);
    return (endpoint?.request.links ?? []).flatMap((link) => {
      const child = sandboxes.get(link.split(':')[0] ?? '');
      const to = endpointOf(child)?.ipv4;
      if (!endpoint?.ipv4 || !to) return [];
      const from = endpoint.ipv4;
      return (child?.exposed ?? []).map(({ protocol, containerPort: port }) => ({
        from,
        to,
        protocol,
        port,
      }));
    });
  });
}
