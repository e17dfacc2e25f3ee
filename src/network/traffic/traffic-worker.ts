/**
 * The thread for what containers and their callers send to the engine itself: questions for names, and connections
 * that the kernel does not translate. A flood of them keeps this thread busy and not the API's.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Forwarder } from '../dns/forward.ts';
import { HostResolvers } from '../dns/host-resolvers.ts';
import { NameBook } from '../dns/names.ts';
import { type ResolverServer, serveResolver } from '../dns/server.ts';
import type { TrafficMessage, TrafficOptions, UnrelayedMessage } from './calls.ts';
import { type Relay, relayTcp } from './relay-tcp.ts';
import { relayUdp } from './relay-udp.ts';

const { resolvConf } = workerData as TrafficOptions;
const parts = { book: new NameBook(), forwarder: new Forwarder(), host: new HostResolvers(resolvConf) };
const resolvers = new Map<string, ResolverServer>();
const relays = new Map<number, Relay>();

parentPort?.on('message', (message: TrafficMessage) => {
  switch (message.call) {
    case 'serve':
      parts.book.put(message.container);
      resolvers.set(
        message.container.containerId,
        serveResolver(parts, message.container.containerId, message.sockets),
      );
      break;
    case 'rename':
      parts.book.put(message.container);
      break;
    case 'forget':
      parts.book.remove(message.containerId);
      resolvers.get(message.containerId)?.close();
      resolvers.delete(message.containerId);
      break;
    case 'relay':
      relays.set(
        message.relay.fd,
        message.relay.protocol === 'tcp' ? relayTcp(message.relay) : relayUdp(message.relay),
      );
      break;
    case 'unrelay':
      void unrelay(message.id, message.fds);
  }
});

async function unrelay(id: number, fds: number[]): Promise<void> {
  await Promise.all(
    fds.map((fd) => {
      const relay = relays.get(fd);
      relays.delete(fd);
      return relay?.close();
    }),
  );
  parentPort?.postMessage({ id } satisfies UnrelayedMessage);
}
