/** After the daemon (or the machine) was away: what the restart policies want running starts, each after those that it needs. */
import { messageOf } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { sharedWith } from './network.ts';
import { wantsStartAtBoot } from './restart-policy.ts';
import { startContainer } from './start.ts';

/** Returns once all are on their way. */
export function startAtBoot(engine: Engine): void {
  const starting = new Map<string, Promise<void>>();
  const start = (container: Container): Promise<void> => {
    const { id } = container;
    if (engine.tasks.get(id) || !wantsStartAtBoot(container)) return Promise.resolve();
    const started = starting.get(id) ?? startAfter(engine, container, needs(engine, container).map(start));
    starting.set(id, started);
    return started;
  };
  for (const container of engine.containers.list()) void start(container);
}

/** Never rejects: what failed is logged. */
async function startAfter(engine: Engine, container: Container, others: Promise<void>[]): Promise<void> {
  await Promise.all(others);
  await startContainer(engine, container).catch((error) => {
    engine.logger.warn({ container: container.id }, `restart at boot failed: ${messageOf(error)}`);
  });
}

/** Those that it is linked to, and those whose namespaces it shares. A container can only need what was there before it. */
function needs({ containers }: Engine, { hostConfig, links = [] }: Container): Container[] {
  const { NetworkMode, PidMode, IpcMode } = hostConfig;
  const shared = [NetworkMode, PidMode, IpcMode].map((mode) => sharedWith(mode) ?? '');
  return [...links.map(({ id }) => id), ...shared].flatMap((id) => containers.find(id) ?? []);
}
