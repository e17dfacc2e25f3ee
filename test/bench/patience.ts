/** Engines hang now and then (dockerd 20.10 loses an exit when many containers end at once): nobody waits for them for ever. */

/** Seconds. */
const PATIENCE = 120;

/** What `task` gives; rejects if it takes too long, or when `stop` says so. The task itself goes on, unheard. */
export async function patiently<T>(
  task: Promise<T>,
  seconds: number = PATIENCE,
  stop?: AbortSignal,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no end after ${seconds} s`)), seconds * 1000);
  const interrupted = () => reject(new Error('interrupted'));
  stop?.addEventListener('abort', interrupted);
  try {
    stop?.throwIfAborted();
    return await Promise.race([task, promise]);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', interrupted);
    task.catch(() => {});
  }
}
