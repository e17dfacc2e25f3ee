/** What a SIGHUP does to a daemon that runs: see config/reload.ts for what can change. */
import { hostname } from 'node:os';
import { messageOf } from '../core/errors.ts';
import type { CommandLine } from './config/command-line.ts';
import type { DaemonConfig } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import { applyConfig } from './config/reload.ts';
import type { Engine } from './engine.ts';
import { notifySystemd } from './server/systemd.ts';
import { engineId } from './system/identity.ts';

/** A configuration that cannot be read leaves everything as it was. */
export function reload(engine: Engine, config: DaemonConfig, commandLine: CommandLine): void {
  const { logger } = engine;
  const monotonic = process.hrtime.bigint() / 1000n;
  notifySystemd(process.env, `RELOADING=1\nMONOTONIC_USEC=${monotonic}`, logger);
  try {
    const { changed, waiting } = applyConfig(config, loadConfig(commandLine));
    logger.level = config.logLevel;
    logger.info({ changed, waiting }, 'configuration reloaded; what waits counts from the next start');
    engine.events.publish('daemon', 'reload', engineId(config.dataRoot), {
      name: hostname(),
      debug: String(config.logLevel === 'debug'),
      labels: JSON.stringify(config.labels),
      'shutdown-timeout': String(config.shutdownTimeout),
    });
  } catch (error) {
    logger.error({ reason: messageOf(error) }, 'configuration not reloaded');
  }
  notifySystemd(process.env, 'READY=1', logger);
}
