/** `docker update`: limits of a running container, and the restart policy of any. */
import type { ContainerUpdateRequest, HostConfig } from '../../api/container.ts';
import { conflict, isKind } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';
import { withinKernelLimits } from './kernel-limits.ts';
import { locked } from './lock.ts';
import { changePorts } from './publish.ts';
import { blockIo, cpu, memory, pids } from './spec/resources.ts';
import { isUp } from './state.ts';
import { validateChangeable } from './validate/validate.ts';

/** Returns the warnings. What the kernel refuses leaves the record as it was. */
export function updateContainer(
  engine: Engine,
  container: Container,
  change: ContainerUpdateRequest,
): Promise<string[]> {
  return locked(engine, container, () =>
    step('container.update', { id: container.id }, async () => {
      const { status } = container.state;
      if (status === 'removing' || status === 'dead') {
        throw conflict(`Container is marked for removal and cannot be "update".`);
      }
      validateChangeable(engine, byItself(change));
      refuseRestartOfRemoved(container, change);
      refuseTwoWaysToLimitCpus(container, change);
      refuseMemoryAboveSwap(container, change);
      const asked = withChange(container.hostConfig, change);
      const { hostConfig, warnings } = withinKernelLimits(engine.settings, asked);
      validateChangeable(engine, hostConfig);
      if (isUp(container.state)) await applyLimits(engine, container, hostConfig);
      const PortBindings = await changePorts(engine, container, portChange(change));
      engine.containers.configure(container, { hostConfig: { ...hostConfig, PortBindings } });
      publish(engine, container, 'update');
      return warnings;
    }),
  );
}

/** A change may speak of swap alone where memory is limited already. */
const byItself = (change: ContainerUpdateRequest): HostConfig =>
  change.Memory ? change : { ...change, MemorySwap: undefined };

/** What is removed when it ends has nothing to start again. */
function refuseRestartOfRemoved(
  { id, hostConfig }: Container,
  { RestartPolicy }: ContainerUpdateRequest,
): void {
  const name = RestartPolicy?.Name || 'no';
  if (!hostConfig.AutoRemove || name === 'no') return;
  throw conflict(
    `Cannot update container ${id}: Restart policy cannot be updated because AutoRemove is enabled for the container`,
  );
}

/** CPUs are limited by their number or by period and quota: dockerd does not change from one to the other. */
function refuseTwoWaysToLimitCpus({ id, hostConfig }: Container, change: ContainerUpdateRequest): void {
  const conflicts: [boolean, string][] = [
    [
      Boolean(change.NanoCpus && hostConfig.CpuPeriod),
      'Nano CPUs cannot be updated as CPU Period has already been set',
    ],
    [
      Boolean(change.NanoCpus && hostConfig.CpuQuota),
      'Nano CPUs cannot be updated as CPU Quota has already been set',
    ],
    [
      Boolean(change.CpuPeriod && hostConfig.NanoCpus),
      'CPU Period cannot be updated as NanoCPUs has already been set',
    ],
    [
      Boolean(change.CpuQuota && hostConfig.NanoCpus),
      'CPU Quota cannot be updated as NanoCPUs has already been set',
    ],
  ];
  const found = conflicts.find(([holds]) => holds);
  if (found) throw cannotUpdate(id, `Conflicting options: ${found[1]}`);
}

/** What memory and swap may take together is never less than what memory may: dockerd has the caller say both. */
function refuseMemoryAboveSwap({ id, hostConfig }: Container, change: ContainerUpdateRequest): void {
  if (!change.Memory || change.MemorySwap || change.Memory <= (hostConfig.MemorySwap ?? 0)) return;
  const words =
    'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time';
  throw cannotUpdate(id, words);
}

const cannotUpdate = (id: string, why: string) => conflict(`Cannot update container ${id}: ${why}`);

/** Zero, empty and null mean "as it is": the API has no word for taking a limit away but -1. */
function withChange(before: HostConfig, change: ContainerUpdateRequest): HostConfig {
  const { RestartPolicy, PublishAdd: _, PublishRemove: __, ...limits } = change;
  const said = Object.entries(limits).filter(([name, value]) => isSaid(name, value));
  const after: HostConfig = { ...before, ...Object.fromEntries(said) };
  // Of this limit 0 and what is below it is a word: none.
  if (typeof change.PidsLimit === 'number') after.PidsLimit = Math.max(0, change.PidsLimit);
  if (RestartPolicy?.Name) after.RestartPolicy = RestartPolicy;
  return after;
}

const portChange = ({ PublishAdd, PublishRemove }: ContainerUpdateRequest) => ({
  add: PublishAdd ?? {},
  remove: PublishRemove ?? {},
});

/** No devices are a word, too: none any more. */
function isSaid(name: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 || name.startsWith('Blkio');
  return value !== null && value !== undefined && value !== 0 && value !== '';
}

async function applyLimits(engine: Engine, { id }: Container, hostConfig: HostConfig): Promise<void> {
  const limits = {
    memory: memory(hostConfig),
    cpu: cpu(hostConfig),
    pids: pids(hostConfig),
    blockIO: blockIo(hostConfig),
  };
  // Of one that ends meanwhile the record alone is changed, as of one that has ended before.
  await engine.tasks
    .get(id)
    ?.update(limits)
    .catch((error) => {
      if (!isKind(error, 'conflict')) throw error;
    });
}
