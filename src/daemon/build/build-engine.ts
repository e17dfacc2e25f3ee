/** The builder of this engine, and what the daemon keeps about builds that run. */
import { join } from 'node:path';
import { type Builder, openBuilder } from '../../image/builder/builder.ts';
import type { Images } from '../../image/contract.ts';
import type { Tasks } from '../../runtime/task.ts';
import { type RunningBuilds, runningBuilds } from './running.ts';
import { type BuildSessions, buildSessions } from './sessions.ts';
import { endOrphanedSteps } from './sweep.ts';

export interface BuildEngine {
  builder: Builder;
  builds: RunningBuilds;
  sessions: BuildSessions;
  close(): Promise<void>;
}

export interface BuildEngineOptions {
  dataRoot: string;
  execRoot: string;
  images: Images;
  tasks: Tasks;
}

/** Ends and removes what a crash left first. */
export async function openBuildEngine({
  dataRoot,
  execRoot,
  images,
  tasks,
}: BuildEngineOptions): Promise<BuildEngine> {
  const root = join(dataRoot, 'build');
  await endOrphanedSteps(tasks, join(root, 'trees'));
  const builder = openBuilder({ root, secretsDirectory: join(execRoot, 'build'), images });
  const sessions = buildSessions();
  return {
    builder,
    sessions,
    builds: runningBuilds(),
    close: async () => {
      sessions.close();
      await builder.close();
    },
  };
}
