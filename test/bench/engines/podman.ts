/** Podman as an API service, with runc as its runtime and plain files for logs and events. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Engine, EngineOptions } from '../engine.ts';
import type { Processes } from '../process.ts';
import { openDaemon } from './daemon.ts';

/** The limits are such that machines without CAP_SYS_RESOURCE can set too. */
const CONFIGURATION = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`;

export async function openPodman(processes: Processes, options: EngineOptions): Promise<Engine> {
  const { root, run } = options;
  mkdirSync(root, { recursive: true });
  const configuration = `${root}/containers.conf`;
  writeFileSync(configuration, CONFIGURATION);
  const registries = `${root}/registries.conf`;
  writeFileSync(registries, '[[registry]]\nlocation = "127.0.0.1:5000"\ninsecure = true\n');
  const env = { CONTAINERS_CONF: configuration, CONTAINERS_REGISTRIES_CONF: registries };
  const podman = [
    ...['podman', '--root', `${root}/storage`, '--runroot', `${run}/root`, '--tmpdir', `${run}/tmp`],
    ...['--storage-driver', 'overlay', '--network-config-dir', `${root}/networks`],
  ];
  const version = (await processes.output({ command: ['podman', '--version'] })).trim();
  return openDaemon(processes, options, (socket) => ({
    name: 'podman',
    version,
    daemon: { command: [...podman, 'system', 'service', '--time=0', `unix://${socket}`], env },
    cli: { command: podman, env },
    isShim: ([program = '', ...args]) =>
      program.endsWith('conmon') && args.some((arg) => arg.startsWith(run)),
  }));
}
