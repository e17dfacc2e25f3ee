/** The thread that owns network namespaces and speaks netlink: takes calls one at a time, in order (see calls.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import { watchLinks } from '../../kernel/netlink/watch-links.ts';
import { watchRuleset } from '../../kernel/nftables/watch.ts';
import { tableName } from '../firewall/table-names.ts';
import type { AnswerMessage, CallMessage, EventMessage, WorkerOptions } from './calls.ts';
import { openKernel } from './kernel.ts';

const options = workerData as WorkerOptions;
const { calls } = openKernel(options);

/** Milliseconds: a firewall that is loaded anew comes in several transactions. */
const SETTLING = 30;
/** Milliseconds between two looks at it, however often others change theirs: one look reads all rules of the host. */
const REST = 300;
let changed = false;
let watching = false;

watchRuleset((change) => {
  const own = tableName(options.instance);
  if (change.lost.has(own) || [...change.changed].some((table) => table !== own)) announce();
}, announce);

watchLinks(
  (name) => parentPort?.postMessage({ event: 'link', name } satisfies EventMessage),
  () => parentPort?.postMessage({ event: 'link', name: '' } satisfies EventMessage),
);

function announce(): void {
  changed = true;
  if (watching) return;
  watching = true;
  setTimeout(tell, SETTLING);
}

function tell(): void {
  changed = false;
  parentPort?.postMessage({ event: 'ruleset' } satisfies EventMessage);
  setTimeout(() => {
    watching = false;
    if (changed) announce();
  }, REST);
}

parentPort?.on('message', ({ id, name, args }: CallMessage) => {
  parentPort?.postMessage(answer(id, name, args));
});
parentPort?.postMessage({ event: 'up' } satisfies EventMessage);

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
