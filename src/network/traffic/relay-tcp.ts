/** Passes TCP connections on that the kernel does not translate: from ::1, over IPv6 to a container that has none, past a firewall that denies. */
import { connect, createServer, type Socket } from 'node:net';
import type { RelaySpec } from './calls.ts';

export interface Relay {
  /** Resolves when the port is free. */
  close(): Promise<void>;
}

export function relayTcp({ fd, address, port }: RelaySpec): Relay {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    join(client, target, open);
    join(target, client, open);
  });
  server.on('error', () => {});
  server.listen({ fd, backlog: 4096 });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** The end of one side half-closes the other; a failure of one ends both. */
function join(from: Socket, to: Socket, open: Set<Socket>): void {
  open.add(from);
  from.pipe(to);
  from.on('error', () => to.destroy());
  from.on('close', () => {
    open.delete(from);
    if (from.errored || !from.readableEnded) to.destroy();
  });
}
