/** The thread that owns network namespaces and speaks netlink: takes calls one at a time, in order (see calls.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import type { AnswerMessage, CallMessage, WorkerOptions } from './calls.ts';
import { openKernel } from './kernel.ts';

const calls = openKernel(workerData as WorkerOptions);

parentPort?.on('message', ({ id, name, args }: CallMessage) => {
  parentPort?.postMessage(answer(id, name, args));
});

function answer(id: number, name: CallMessage['name'], args: unknown[]): AnswerMessage {
  try {
    const call = calls[name] as (...args: unknown[]) => unknown;
    return { id, value: call(...args) };
  } catch (error) {
    const { message, code, errno, syscall } = error as NodeJS.ErrnoException;
    const { attempted } = error as { attempted?: string };
    return { id, error: { message, code, errno, syscall, attempted } };
  }
}
