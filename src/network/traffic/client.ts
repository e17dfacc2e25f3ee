/** The daemon's side of the traffic worker, which is started when the first container needs it. */
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { workerUrl } from '../../core/worker.ts';
import type { NamedContainer } from '../dns/names.ts';
import type { ResolverSockets } from '../kernel/calls.ts';
import type { RelaySpec, TrafficMessage, TrafficOptions, UnrelayedMessage } from './calls.ts';

export interface Traffic {
  /** Answers for this container at its sockets, which now belong to the worker. */
  serve(container: NamedContainer, sockets: ResolverSockets): void;
  /** Names, addresses or resolvers of a container that is served have changed. */
  rename(container: NamedContainer): void;
  forget(containerId: string): void;
  relay(relay: RelaySpec): void;
  /** Resolves when the sockets are closed. */
  unrelay(fds: number[]): Promise<void>;
  /** The worker has ended by a fault, and all its sockets with it. The next call starts another. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
}

export function openTraffic(options: TrafficOptions, logger: Logger): Traffic {
  const waiting = new Map<number, () => void>();
  let worker: Worker | undefined;
  let last = 0;
  let closing = false;
  let onLost = () => {};

  function start(): Worker {
    const started = new Worker(workerUrl(import.meta.url, 'traffic-worker'), { workerData: options });
    started.unref();
    started.on('message', ({ id }: UnrelayedMessage) => {
      waiting.get(id)?.();
      waiting.delete(id);
    });
    started.on('error', (error) => logger.error({ err: error }, 'the traffic worker has ended'));
    started.on('exit', () => {
      worker = undefined;
      for (const resolve of waiting.values()) resolve();
      waiting.clear();
      if (!closing) onLost();
    });
    return started;
  }

  function tell(message: TrafficMessage): void {
    worker ??= start();
    worker.postMessage(message);
  }

  return {
    serve: (container, sockets) => tell({ call: 'serve', container, sockets }),
    rename: (container) => tell({ call: 'rename', container }),
    forget: (containerId) => tell({ call: 'forget', containerId }),
    relay: (relay) => tell({ call: 'relay', relay }),
    unrelay: (fds) =>
      new Promise((resolve) => {
        const id = ++last;
        waiting.set(id, resolve);
        tell({ call: 'unrelay', id, fds });
      }),
    onLost: (listener) => {
      onLost = listener;
    },
    close: async () => {
      closing = true;
      await worker?.terminate();
    },
  };
}
