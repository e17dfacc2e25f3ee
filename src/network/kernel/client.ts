/** The daemon's side of the network worker: every call is a message there and an answer back, in order. */
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { unavailable } from '../../core/errors.ts';
import { workerUrl } from '../../core/worker.ts';
import type {
  AnswerMessage,
  CallMessage,
  KernelCalls,
  KernelClient,
  RulesetMessage,
  WorkerOptions,
} from './calls.ts';

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export function startKernelWorker(options: WorkerOptions, logger: Logger): KernelClient {
  const worker = new Worker(workerUrl(import.meta.url, 'network-worker'), { workerData: options });
  const pending = new Map<number, Pending>();
  let last = 0;
  let onRuleset = () => {};
  worker.on('message', (answer: AnswerMessage | RulesetMessage) => {
    if ('event' in answer) return onRuleset();
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (answer.error) waiting?.reject(Object.assign(new Error(answer.error.message), answer.error));
    else waiting?.resolve(answer.value);
    if (pending.size === 0) worker.unref();
  });
  let ended: unknown;
  const fail = (cause: unknown) => {
    ended ??= cause ?? 'closed';
    for (const { reject } of pending.values()) reject(unavailable('the network worker has ended', cause));
    pending.clear();
  };
  worker.on('error', (error) => {
    logger.fatal({ err: error }, 'the network worker has ended');
    fail(error);
  });
  worker.on('exit', fail);
  worker.unref();

  function call(name: keyof KernelCalls, args: unknown[]): Promise<unknown> {
    if (ended !== undefined) return Promise.reject(unavailable('the network worker has ended', ended));
    return new Promise((resolve, reject) => {
      const id = ++last;
      pending.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, name, args } satisfies CallMessage);
    });
  }

  return new Proxy({} as KernelClient, {
    get: (_, name) => {
      if (name === 'then') return undefined;
      if (name === 'close') return () => worker.terminate();
      if (name === 'onRulesetChange')
        return (listener: () => void) => {
          onRuleset = listener;
        };
      return (...args: unknown[]) => call(name as keyof KernelCalls, args);
    },
  });
}
