/** Docker Engine, Debian's 20.10, with its own containerd and with live-restore. */
import { debianDocker } from '../../harness/docker-cli.ts';
import type { Engine, EngineOptions } from '../engine.ts';
import type { Processes } from '../process.ts';
import { openDaemon } from './daemon.ts';

export async function openDocker(processes: Processes, options: EngineOptions): Promise<Engine> {
  const { root, run } = options;
  const programs = `${await debianDocker()}/usr`;
  const env = { PATH: `${programs}/bin:${programs}/sbin:${process.env.PATH}` };
  const docker = `${programs}/bin/docker`;
  const version = (await processes.output({ command: [docker, '--version'] })).trim();
  return openDaemon(processes, options, (socket) => ({
    name: 'docker',
    version,
    daemon: {
      env,
      command: [
        ...[`${programs}/sbin/dockerd`, '--host', `unix://${socket}`, '--data-root', `${root}/data`],
        ...['--exec-root', `${run}/exec`, '--pidfile', `${run}/pid`, '--live-restore', '--log-level', 'warn'],
      ],
    },
    cli: { command: [docker], env: { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: '/nonexistent' } },
    isPart: ([program = '', ...args]) => program === 'containerd' && args.some((arg) => arg.startsWith(run)),
    isShim: (line) =>
      line.some((arg) => arg.startsWith(`${run}/exec`)) && /shim|docker-proxy/.test(line[0] ?? ''),
    ociConfig: (id) => `${run}/exec/containerd/daemon/io.containerd.runtime.v2.task/moby/${id}/config.json`,
  }));
}
