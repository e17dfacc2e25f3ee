/** Keeps the sockets at 127.0.0.11 of every container's namespace. */
import type { KernelClient, ResolverSockets } from '../kernel/calls.ts';
import type { SandboxRecord } from '../sandbox/store.ts';

export interface Resolver {
  serve(record: SandboxRecord, sockets: ResolverSockets): void;
  forget(containerId: string): void;
  close(): Promise<void>;
}

export function openResolver(kernel: KernelClient): Resolver {
  const served = new Map<string, ResolverSockets>();
  return {
    serve: (record, sockets) => served.set(record.containerId, sockets),
    forget: (containerId) => {
      const sockets = served.get(containerId);
      served.delete(containerId);
      if (sockets) void kernel.closeSockets([sockets.udp, sockets.tcp]);
    },
    close: async () => {
      await kernel.closeSockets([...served.values()].flatMap(({ udp, tcp }) => [udp, tcp]));
      served.clear();
    },
  };
}
