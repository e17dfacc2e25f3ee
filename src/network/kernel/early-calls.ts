/** Calls of the network worker that the daemon's own thread makes while it comes up: nobody is served yet whom they could hinder. */
import type { KernelCalls, WorkerOptions } from './calls.ts';
import { type OpenKernel, openKernel } from './kernel.ts';

export interface EarlyCalls {
  /** Whether this call can be made here, now. */
  has(name: keyof KernelCalls): boolean;
  make(name: keyof KernelCalls, args: unknown[]): Promise<unknown>;
  /** Nothing is made here any more. Idempotent. */
  close(): void;
}

/** They enter a namespace, or may wait for another engine. */
const THREAD_ONLY: ReadonlySet<keyof KernelCalls> = new Set([
  'makeNamespace',
  'openResolver',
  'attach',
  'detach',
  'setDefaultRoutes',
  'lockSubnets',
]);

export function earlyCalls(options: WorkerOptions): EarlyCalls {
  let kernel: OpenKernel | undefined;
  let closed = false;
  return {
    has: (name) => !closed && !THREAD_ONLY.has(name),
    make: async (name, args) => {
      kernel ??= openKernel(options);
      const call = kernel.calls[name] as (...args: unknown[]) => unknown;
      return call(...args);
    },
    close: () => {
      closed = true;
      kernel?.close();
      kernel = undefined;
    },
  };
}
