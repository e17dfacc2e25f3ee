/**
 * How a container's end becomes known: through the end of its shim while that is our child, through the exit file
 * once it is not. A shim that died without writing one took the container's stdio with it, so that goes too.
 */
import { nowNano } from '../../core/events.ts';
import { isAlive, signalProcess } from '../../kernel/process.ts';
import type { Child } from '../../kernel/spawn.ts';
import type { Manager } from '../manager.ts';
import { shimOf } from '../record.ts';
import type { TaskRecord } from '../task.ts';
import type { ExitRecord } from './exit-files.ts';

const SIGKILL = 9;
const KILLED = 128 + SIGKILL;
/** The kernel tells of the end of a process only to its parent, so a foreign shim's sudden death has to be looked for. */
const SHIM_CHECK_MS = 5000;

export async function awaitExit(
  manager: Pick<Manager, 'exitFiles'>,
  record: TaskRecord,
  shim: Child | undefined,
): Promise<ExitRecord> {
  if (shim === undefined) return awaitForeignShim(manager, record);
  await shim.exited;
  return manager.exitFiles.read(record.id) ?? endWithoutShim(record);
}

async function awaitForeignShim(
  { exitFiles }: Pick<Manager, 'exitFiles'>,
  record: TaskRecord,
): Promise<ExitRecord> {
  const shim = shimOf(record);
  const { promise: lost, resolve } = Promise.withResolvers<undefined>();
  const check = setInterval(() => !isAlive(shim) && resolve(undefined), SHIM_CHECK_MS);
  const found = await Promise.race([exitFiles.waitFor(record.id), lost]);
  clearInterval(check);
  if (found) return found;
  exitFiles.forget(record.id);
  return exitFiles.read(record.id) ?? endWithoutShim(record);
}

function endWithoutShim(record: TaskRecord): ExitRecord {
  signalProcess(record, SIGKILL);
  return { code: KILLED, at: nowNano() };
}
