/** Where a container's output is kept, by its logging driver and options. Bounded even when nothing is said. */
import { join } from 'node:path';
import { invalidArgument } from '../../core/errors.ts';
import type { LogTarget } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

/** Drivers that keep the output where `docker logs` can read it: all of them are our one bounded format. */
const KEPT = ['json-file', 'local'];
export const LOG_DRIVERS = [...KEPT, 'none'];
export const DEFAULT_LOG_DRIVER = 'json-file';

const OPTIONS = [
  'max-size',
  'max-file',
  'labels',
  'labels-regex',
  'env',
  'env-regex',
  'tag',
  'compress',
  'mode',
  'max-buffer-size',
];

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

/** Refuses at creation what could not be honoured later. */
export function validateLogConfig(driver: string, options: Record<string, string>): void {
  if (!LOG_DRIVERS.includes(driver)) {
    throw invalidArgument(`error looking up logging plugin ${driver}: plugin "${driver}" not found`);
  }
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown) throw invalidArgument(`unknown log opt '${unknown}' for ${driver} log driver`);
  if (options['max-size']) parseSize(options['max-size']);
  if (options['max-file'] && !/^[1-9]\d{0,3}$/.test(options['max-file'])) {
    throw invalidArgument(`max-file must be a positive number, not ${options['max-file']}`);
  }
}

const UNITS: Record<string, number> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `10m`, `1.5g`, `4096`: bytes. Docker's go-units, binary. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ''];
  if (!match || unit === undefined) throw invalidArgument(`invalid size: '${text}'`);
  return Math.floor(Number(match[1]) * unit);
}
