/** Steps that ran when the daemon died: their output goes nowhere and nobody waits for them, so they are ended. */
import { existsSync, readdirSync } from 'node:fs';
import { isId } from '../../core/ids.ts';
import type { Tasks } from '../../runtime/task.ts';

/** `trees`: where the builder keeps a directory for each step, named by its task. Before the builder opens. */
export async function endOrphanedSteps(tasks: Tasks, trees: string): Promise<void> {
  const ids = existsSync(trees) ? readdirSync(trees).filter(isId) : [];
  await Promise.all(ids.map((id) => endStep(tasks, id)));
}

async function endStep(tasks: Tasks, id: string): Promise<void> {
  const restored = await tasks.restore(id);
  if (!restored || !('task' in restored)) return tasks.forget(id);
  const { task } = restored;
  task.kill(9);
  await task.exited;
  await task.delete();
}
