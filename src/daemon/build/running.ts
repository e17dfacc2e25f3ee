/** Builds that run, by the id that their client gave them, so that it can cancel them by another request. */
import { EngineError, invalidArgument } from '../../core/errors.ts';

export interface RunningBuild {
  /** Aborted when the client goes away, or asks for it. */
  signal: AbortSignal;
  end(): void;
}

export interface RunningBuilds {
  /** `id` empty: it cannot be named. Throws `invalid-argument` if there is one of that id. */
  begin(id: string, signal: AbortSignal): RunningBuild;
  /** None of that id: it has ended already, or never began; as with Docker that is no error. */
  cancel(id: string): void;
}

export function runningBuilds(): RunningBuilds {
  const builds = new Map<string, AbortController>();
  return {
    begin: (id, signal) => {
      const cancelled = new AbortController();
      if (builds.has(id)) throw invalidArgument(`a build with id ${id} is already running`);
      if (id !== '') builds.set(id, cancelled);
      return { signal: AbortSignal.any([signal, cancelled.signal]), end: () => builds.delete(id) };
    },
    cancel: (id) => {
      builds.get(id)?.abort(new EngineError('cancelled', 'the build was cancelled'));
    },
  };
}
