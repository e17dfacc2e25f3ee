/** Runs the health checks of containers that run: one timer each, gone with the container. */
import { messageOf } from '../../../core/errors.ts';
import type { Task } from '../../../runtime/task.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { publish } from '../events.ts';
import { type HealthCheck, healthCheckOf, judge, nextProbeIn } from './check.ts';
import { probe } from './probe.ts';

export class HealthMonitors {
  readonly #running = new Map<string, AbortController>();

  /** Nothing happens where no check is configured. */
  start(engine: Engine, container: Container, task: Task): void {
    this.stop(container.id);
    const check = healthCheckOf(container);
    if (!check) return;
    const stop = new AbortController();
    this.#running.set(container.id, stop);
    schedule({ engine, container, task, check, signal: stop.signal });
  }

  stop(id: string): void {
    this.#running.get(id)?.abort();
    this.#running.delete(id);
  }

  close(): void {
    for (const id of [...this.#running.keys()]) this.stop(id);
  }
}

interface Watched {
  engine: Engine;
  container: Container;
  task: Task;
  check: HealthCheck;
  signal: AbortSignal;
}

function schedule(watched: Watched): void {
  const { container, check, signal, engine } = watched;
  const health = container.state.health;
  if (!health || signal.aborted) return;
  const timer = setTimeout(
    () => {
      runOnce(watched)
        .catch((error) => {
          engine.logger.warn({ container: container.id }, `health check failed to run: ${messageOf(error)}`);
        })
        .finally(() => schedule(watched));
    },
    nextProbeIn(health, check, isStarting(watched)),
  );
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}

const isStarting = ({ container, check }: Watched) =>
  Date.now() - Date.parse(container.state.startedAt) < check.startPeriod;

async function runOnce(watched: Watched): Promise<void> {
  const { engine, container, task, check, signal } = watched;
  if (container.state.status !== 'running') return;
  const result = await probe(engine, container, task, check);
  const before = container.state.health;
  // What a pause caught says nothing.
  if (signal.aborted || !before || container.state.status !== 'running') return;
  const health = judge(before, result, check, isStarting(watched));
  engine.containers.note(container, { health });
  if (health.Status !== before.Status) publish(engine, container, `health_status: ${health.Status}`);
}
