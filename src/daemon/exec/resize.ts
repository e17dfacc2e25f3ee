/** `docker exec -t`: the client tells its size beside the start, and may be there first; so the start is waited for. */
import { conflict } from '../../core/errors.ts';
import type { ExecProcess } from '../../runtime/task.ts';
import type { Exec } from './exec.ts';

/** As long as dockerd waits. */
const START_WAIT = 10_000;

/** Characters. Throws `conflict` if the exec has ended or does not start in time. */
export async function resizeExec(
  exec: Exec,
  { height, width }: { height: number; width: number },
): Promise<void> {
  if (exec.status === 'exited') throw conflict('exec process is not running');
  const process = await startOf(exec);
  await process.resize(height, width);
}

function startOf({ started }: Exec): Promise<ExecProcess> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(conflict('exec process is not running')), START_WAIT);
    started.promise.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
