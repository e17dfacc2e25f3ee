/** Where a container's output is kept, by its logging driver and options. Bounded even when nothing is said. */
import { join } from 'node:path';
import type { LogTarget } from '../../../runtime/task.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { parseSize } from './size.ts';

/** `undefined`: the output is not kept. */
export function logTarget(engine: Engine, container: Container): LogTarget | undefined {
  const { Type: driver, Config: options } = container.hostConfig.LogConfig ?? {};
  if (driver === 'none') return undefined;
  return {
    path: logPath(engine, container),
    maxSize: options?.['max-size'] ? parseSize(options['max-size']) : engine.settings.logMaxSize,
    maxFiles: options?.['max-file'] ? Number(options['max-file']) : engine.settings.logMaxFiles,
  };
}

export const logPath = (engine: Engine, container: Container) =>
  join(engine.containers.directory(container.id), 'log');
