// `skiff update`: new limits, another restart policy, and (an extension) other published ports for containers
// that may be running.

import type { ContainerUpdateRequest, ContainerUpdateResponse } from '../../../api/container.ts';
import type { PortMap } from '../../../api/host-config.ts';
import { bytes, cpus, int, list, string, uint, type Values } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { parsePublish } from '../../create/port.ts';
import { restartPolicy } from '../../create/restart-policy.ts';
import { ExitError } from '../../exit.ts';
import { forEachName } from '../each.ts';

const updateFlags = {
  'blkio-weight': uint(16, 'Block IO (relative weight), between 10 and 1000, or 0 to disable'),
  'cpu-period': int('Limit CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': int('Limit CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-rt-period': int('Limit the CPU real-time period in microseconds'),
  'cpu-rt-runtime': int('Limit the CPU real-time runtime in microseconds'),
  'cpu-shares': int('CPU shares (relative weight)', { short: 'c' }),
  cpus: cpus('Number of CPUs'),
  'cpuset-cpus': string('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': string('MEMs in which to allow execution (0-3, 0,1)'),
  memory: bytes('Memory limit', { short: 'm' }),
  'memory-reservation': bytes('Memory soft limit'),
  'memory-swap': bytes('Swap limit equal to memory plus swap: -1 to enable unlimited swap', {
    unlimited: true,
  }),
  'pids-limit': int('Tune container pids limit (set -1 for unlimited)'),
  'publish-add': list('Publish another port of the container, running or not'),
  'publish-rm': list("Take back a published port of the container ('8080:80', '80/tcp')"),
  restart: string('Restart policy to apply when a container exits'),
};

export const command = defineCommand({
  name: 'container update',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Update configuration of one or more containers',
  args: [1, any],
  flags: updateFlags,
  async run({ args, flags, changed, engine, world }) {
    if (changed.size === 0) throw new ExitError('you must provide one or more flags when using this command');
    const json = updateRequest(flags, changed);
    const warnings: string[] = [];
    await forEachName(args, world, async (name) => {
      const answer = await engine.json<ContainerUpdateResponse>(
        'POST',
        `/containers/${inPath(name)}/update`,
        { json },
      );
      warnings.push(...(answer?.Warnings ?? []));
    });
    for (const warning of warnings) world.stderr.write(`${warning}\n`);
  },
});

function updateRequest(
  flags: Values<typeof updateFlags>,
  changed: ReadonlySet<string>,
): ContainerUpdateRequest {
  return {
    BlkioWeight: flags['blkio-weight'],
    CpuPeriod: flags['cpu-period'],
    CpuQuota: flags['cpu-quota'],
    CpuRealtimePeriod: flags['cpu-rt-period'],
    CpuRealtimeRuntime: flags['cpu-rt-runtime'],
    CpuShares: flags['cpu-shares'],
    NanoCpus: flags.cpus,
    CpusetCpus: flags['cpuset-cpus'],
    CpusetMems: flags['cpuset-mems'],
    Memory: flags.memory,
    MemoryReservation: flags['memory-reservation'],
    MemorySwap: flags['memory-swap'],
    ...(changed.has('pids-limit') && { PidsLimit: flags['pids-limit'] }),
    ...(flags.restart && { RestartPolicy: restartPolicy(flags.restart) }),
    ...(flags['publish-add'].length > 0 && { PublishAdd: bindings(flags['publish-add']) }),
    ...(flags['publish-rm'].length > 0 && { PublishRemove: bindings(flags['publish-rm']) }),
  };
}

/** In the shape of HostConfig.PortBindings. */
function bindings(specs: readonly string[]): PortMap {
  const ports: PortMap = {};
  for (const { port, binding } of specs.flatMap(parsePublish))
    ports[port] = [...(ports[port] ?? []), binding];
  return ports;
}
