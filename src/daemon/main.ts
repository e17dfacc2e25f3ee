/**
 * skiffd. The composition root: configuration → lock → layers → listen → restore → ready, and the way back on a
 * signal. Containers are not stopped with the daemon: their shims hold them.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from '../core/errors.ts';
import { Undo } from '../core/undo.ts';
import { buildApp } from './app.ts';
import { type CommandLine, parseCommandLine, usage } from './config/command-line.ts';
import type { DaemonConfig } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import { restoreContainers } from './container/restore.ts';
import { shutDownContainers, shutdownTime } from './container/shutdown.ts';
import { keepTraces } from './container/trace.ts';
import { endOnDefect } from './defect.ts';
import type { Engine } from './engine.ts';
import { openLogger } from './logger.ts';
import { closeEngine, openEngine } from './open-engine.ts';
import { reload } from './reload.ts';
import { listen } from './server/listen.ts';
import { lockRoot } from './server/lock.ts';
import { isMachineStopping, notifySystemd } from './server/systemd.ts';
import { ENGINE_COMMIT, ENGINE_VERSION } from './version.ts';
import { holdVolumes } from './volume/hold.ts';

/** For what is left to do once the last container has ended. */
const ENDING_SECONDS = 30;

/** So many signals end a daemon that is on its way down. */
const FORCING_SIGNALS = 3;

/** When those who waited for the engine have been answered: what it then begins takes 150 ms of processor time. */
const ATTEND_MS = 300;

/** When the first requests have been answered, and what they needed has been compiled. */
const KEEP_CODE_MS = 2000;

void main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  try {
    const commandLine = parseCommandLine(args);
    if (commandLine.help) return void process.stdout.write(usage());
    if (commandLine.version)
      return void process.stdout.write(`Skiff version ${ENGINE_VERSION}, build ${ENGINE_COMMIT}\n`);
    if (commandLine.validate) {
      loadConfig(commandLine);
      return void process.stdout.write('configuration OK\n');
    }
    await run(commandLine);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`skiffd: ${messageOf(error)}\n`);
    process.exit(1);
  }
}

async function run(commandLine: CommandLine): Promise<void> {
  // What ps, top and systemctl call it; Node's own word is MainThread (proc(5), comm).
  writeFileSync('/proc/self/comm', 'skiffd');
  // As dockerd does: what is made for containers has the mode that was meant, whoever started the daemon.
  process.umask(0o022);
  const config = loadConfig(commandLine);
  // Registries are reached as the environment says.
  Object.assign(process.env, config.proxies);
  const logger = await openLogger(config);
  endOnDefect(logger);
  for (const words of config.unused) logger.warn(words);
  const down = new Undo();
  // Also while it comes up: what is made by then is taken away in order.
  const stopped = stopSignal();
  try {
    const engine = await goUp(config, logger, down);
    // Node would write it when it ends in order; a daemon that is killed comes up again in two thirds of the time.
    setTimeout(flushCompileCache, KEEP_CODE_MS).unref();
    process.on('SIGHUP', () => reload(engine, config, commandLine));
    const signal = await stopped;
    notifySystemd(process.env, 'STOPPING=1', logger);
    if (await isMachineStopping(process.env)) await stopWithMachine(engine);
    else logger.info({ signal }, 'stopping; containers run on');
  } finally {
    for (const error of await down.run()) logger.error({ err: error }, 'not everything was closed in order');
  }
}

/** Each thing that is opened says how it is closed: the same way down after a signal and after a failure. */
async function goUp(config: DaemonConfig, logger: Logger, down: Undo): Promise<Engine> {
  const watch = stopwatch();
  for (const root of [config.dataRoot, config.execRoot]) down.push(lockRoot(root));
  const engine = await openEngine(config, logger);
  down.push(() => closeEngine(engine));
  const collector = keepTraces(engine);
  down.push(() => collector.close());
  watch.lap('layers');
  const restored = Promise.withResolvers<void>();
  const app = buildApp(engine, config, restored.promise);
  down.push(() => app.close());
  const listener = await listen(app, config, process.env);
  down.push(() => listener.close(config.shutdownTimeout * 1000));
  watch.lap('listen');
  // Those who wait at the socket already are told that somebody is there.
  await nextTurn();
  await restore(engine).then(restored.resolve, (error) => {
    restored.reject(error);
    throw error;
  });
  watch.lap('restore');
  writePidFile(config.pidFile);
  down.push(() => rmSync(config.pidFile, { force: true }));
  notifySystemd(process.env, 'READY=1', logger);
  logger.info({ version: ENGINE_VERSION, hosts: listener.hosts, ms: watch.laps }, 'API listen');
  setTimeout(() => engine.networks.attend(), ATTEND_MS).unref();
  return engine;
}

async function restore(engine: Engine): Promise<void> {
  await holdVolumes(engine);
  await restoreContainers(engine);
}

/** systemd waits for 90 s, unless it is told that containers were promised more. */
async function stopWithMachine(engine: Engine): Promise<void> {
  const seconds = shutdownTime(engine) + ENDING_SECONDS;
  engine.logger.info({ seconds }, 'the machine is going down: containers are stopped');
  notifySystemd(process.env, `EXTEND_TIMEOUT_USEC=${seconds * 1e6}`, engine.logger);
  await shutDownContainers(engine);
}

/**
 * SIGTERM or SIGINT. The third ends the process at once, as dockerd's: two come easily, to a group of processes and to
 * this one. The listeners stay: where a child of execa runs, its signal-exit sends a signal that nobody else listens to
 * once more, which would end the daemon on its way down.
 */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let seen = 0;
    const onSignal = (signal: NodeJS.Signals) => {
      if (++seen === FORCING_SIGNALS) process.exit(1);
      resolve(signal);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

function writePidFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${process.pid}\n`);
}

/** Milliseconds that each part of the way up took; `boot` is what Node needed before it. */
function stopwatch() {
  const laps: Record<string, number> = { boot: Math.round(performance.now()) };
  let last = performance.now();
  return {
    laps,
    lap(name: string): void {
      const now = performance.now();
      laps[name] = Math.round(now - last);
      last = now;
    },
  };
}
