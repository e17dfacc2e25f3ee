/** Docker Engine, Debian's 20.10, with live-restore and a containerd beside it, as Debian runs them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { debianDocker } from '../../harness/docker-cli.ts';
import type { Engine, EngineOptions } from '../engine.ts';
import type { Processes } from '../process.ts';
import { openDaemon } from './daemon.ts';

const CONTAINERD = 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n';

export async function openDocker(processes: Processes, options: EngineOptions): Promise<Engine> {
  const { root, run } = options;
  const programs = `${await debianDocker()}/usr`;
  const env = { PATH: `${programs}/bin:${programs}/sbin:${process.env.PATH}` };
  const docker = `${programs}/bin/docker`;
  const version = (await processes.output({ command: [docker, '--version'] })).trim();
  mkdirSync(root, { recursive: true });
  writeFileSync(`${root}/containerd.toml`, CONTAINERD);
  const containerd = [
    ...[`${programs}/bin/containerd`, '--config', `${root}/containerd.toml`, '--log-level', 'warn'],
    ...[
      '--root',
      `${root}/containerd`,
      '--state',
      `${run}/containerd`,
      '--address',
      `${run}/containerd.sock`,
    ],
  ];
  return openDaemon(processes, options, (socket) => ({
    name: 'docker',
    version,
    beside: { command: containerd, env },
    daemon: {
      env,
      command: [
        ...[`${programs}/sbin/dockerd`, '--host', `unix://${socket}`, '--data-root', `${root}/data`],
        ...['--exec-root', `${run}/exec`, '--pidfile', `${run}/pid`, '--live-restore', '--log-level', 'warn'],
        ...['--containerd', `${run}/containerd.sock`],
      ],
    },
    cli: { command: [docker], env: { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: '/nonexistent' } },
    isPart: ([program = '', ...args]) =>
      program.endsWith('/containerd') && args.some((arg) => arg.startsWith(run)),
    isShim: (line) => line.some((arg) => arg.startsWith(run)) && /shim|docker-proxy/.test(line[0] ?? ''),
    ociConfig: (id) => `${run}/containerd/io.containerd.runtime.v2.task/moby/${id}/config.json`,
  }));
}
