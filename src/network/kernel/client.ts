/**
 * The daemon's side of the network worker: every call is a message there and an answer back, in order. To come up takes
 * a thread 110 ms of processor time, for which a daemon that was killed would keep everybody waiting. So until it is up
 * calls are made right here, but for those that only a thread may make; the first of them, or `begin`, starts it.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { unavailable } from '../../core/errors.ts';
import { workerUrl } from '../../core/worker.ts';
import type {
  AnswerMessage,
  CallMessage,
  EventMessage,
  KernelCalls,
  KernelClient,
  Listeners,
  WorkerOptions,
} from './calls.ts';
import { type EarlyCalls, earlyCalls } from './early-calls.ts';

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A worker that ends by itself is started anew; one that keeps ending is not, milliseconds and times. */
const PATIENCE = { within: 60_000, times: 5 };

/** `url`: the worker's program; tests have one of their own. */
export function openKernelClient(
  options: WorkerOptions,
  logger: Logger,
  url = workerUrl(import.meta.url, 'network-worker'),
  early: EarlyCalls = earlyCalls(options),
): KernelClient {
  const pending = new Map<number, Pending>();
  const listeners: Listeners = { ruleset: () => {}, link: () => {}, up: () => {} };
  const ends: number[] = [];
  let last = 0;
  let closed = false;
  let gone = false;
  let worker: Worker | undefined;

  function begin(): Worker | undefined {
    if (!gone && !closed) worker ??= start();
    return worker;
  }

  function start(): Worker {
    const started = new Worker(url, { workerData: options });
    started.on('message', (message: AnswerMessage | EventMessage) => receive(started, message));
    started.on('error', (error) => logger.error({ err: error }, 'the network worker has ended'));
    started.on('exit', ended);
    started.unref();
    return started;
  }

  function receive(from: Worker, message: AnswerMessage | EventMessage): void {
    if ('event' in message) {
      if (message.event === 'up') {
        early.close();
        logger.debug('the network worker is up');
      }
      listeners[message.event](message.name ?? '');
      return;
    }
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.error) waiting?.reject(Object.assign(new Error(message.error.message), message.error));
    else waiting?.resolve(message.value);
    if (pending.size === 0) from.unref();
  }

  /** What was asked of it may be done or not; sockets that it opened stay open, for they are the process's. */
  function ended(): void {
    worker = undefined;
    for (const { reject } of pending.values()) reject(unavailable('the network worker has ended'));
    pending.clear();
    ends.push(performance.now());
    gone = ends.filter((at) => performance.now() - at < PATIENCE.within).length > PATIENCE.times;
    if (closed) return;
    if (gone) {
      logger.fatal('the network worker keeps ending: it is not started again');
      return;
    }
    worker = start();
  }

  function call(name: keyof KernelCalls, args: unknown[]): Promise<unknown> {
    // In order: what was sent to the thread comes first.
    if (pending.size === 0 && early.has(name)) return early.make(name, args);
    const current = begin();
    if (!current) return Promise.reject(unavailable('the network worker has ended'));
    return new Promise((resolve, reject) => {
      const id = ++last;
      pending.set(id, { resolve, reject });
      current.ref();
      current.postMessage({ id, name, args } satisfies CallMessage);
    });
  }

  const close = async () => {
    closed = true;
    early.close();
    await worker?.terminate();
  };
  const on: KernelClient['on'] = (event, listener) => {
    listeners[event] = listener;
  };
  return new Proxy({} as KernelClient, {
    get: (_, name) => {
      if (name === 'then') return undefined;
      if (name === 'begin') return begin;
      if (name === 'close') return close;
      if (name === 'on') return on;
      return (...args: unknown[]) => call(name as keyof KernelCalls, args);
    },
  });
}
