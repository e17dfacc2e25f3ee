/** skiff as it is built in this checkout. */
import { checkout, skiff, skiffd } from '../../harness/paths.ts';
import type { Engine, EngineOptions } from '../engine.ts';
import type { Processes } from '../process.ts';
import { openDaemon } from './daemon.ts';

export async function openSkiff(processes: Processes, options: EngineOptions): Promise<Engine> {
  const { root, run } = options;
  const node = `${checkout}/node_modules/.bin/node`;
  await processes.time({ command: [node, `${checkout}/scripts/build.ts`] });
  const version = (await processes.output({ command: [skiff, '--version'] })).trim();
  return openDaemon(processes, options, (socket) => ({
    name: 'skiff',
    version,
    daemon: {
      command: [
        ...[skiffd, '--host', `unix://${socket}`, '--data-root', `${root}/data`, '--exec-root', run],
        ...['--pidfile', `${run}/pid`, '--instance', 'bench', '--log-level', 'warn'],
      ],
      env: { SKIFF_BUILT: '1' },
    },
    cli: { command: [skiff], env: { SKIFF_HOST: `unix://${socket}` } },
    isShim: ([program = '', ...args]) =>
      program.endsWith('conmon') && args.some((arg) => arg.startsWith(run)),
  }));
}
