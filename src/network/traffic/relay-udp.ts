/** The same for UDP: every sender gets a socket of its own towards the container, for as long as it is heard of. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { RelaySpec } from './calls.ts';
import type { Relay } from './relay-tcp.ts';

/** Milliseconds without a packet, as docker-proxy has it. */
const IDLE = 90_000;
const MOST_FLOWS = 1024;

interface Flow {
  socket: Socket;
  timer: NodeJS.Timeout;
}

export function relayUdp(spec: RelaySpec): Relay {
  const flows = new Map<string, Flow>();
  const listener = createSocket(spec.family === 4 ? 'udp4' : 'udp6');
  listener.on('error', () => {});
  listener.on('message', (packet, from) => {
    const flow = flows.get(keyOf(from)) ?? openFlow(spec, listener, from, flows);
    flow?.timer.refresh();
    flow?.socket.send(packet, spec.port, spec.address, () => {});
  });
  listener.bind({ fd: spec.fd });
  return {
    close: () =>
      new Promise((resolve) => {
        for (const flow of flows.values()) endFlow(flow);
        flows.clear();
        listener.close(() => resolve());
      }),
  };
}

const keyOf = ({ address, port }: RemoteInfo): string => `${address} ${port}`;

function openFlow(
  { address }: RelaySpec,
  listener: Socket,
  from: RemoteInfo,
  flows: Map<string, Flow>,
): Flow | undefined {
  if (flows.size >= MOST_FLOWS) return undefined;
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const end = () => {
    flows.delete(keyOf(from));
    endFlow(flow);
  };
  const flow: Flow = { socket, timer: setTimeout(end, IDLE) };
  socket.on('error', end);
  socket.on('message', (packet) => {
    flow.timer.refresh();
    listener.send(packet, from.port, from.address, () => {});
  });
  flows.set(keyOf(from), flow);
  return flow;
}

function endFlow({ socket, timer }: Flow): void {
  clearTimeout(timer);
  socket.removeAllListeners();
  socket.on('error', () => {});
  socket.close();
}
