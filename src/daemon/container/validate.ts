/**
 * Refuses, when a container is made, what could not be honoured when it starts. What this kernel merely lacks is
 * discarded with a warning instead (kernel-limits.ts). Nothing is dropped in silence.
 */
import { availableParallelism } from 'node:os';
import type { ContainerConfig, HostConfig } from '../../api/container.ts';
import { conflict, invalidArgument, notImplemented } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import { validateLogConfig } from './logging/drivers.ts';
import { networkMode, sharedWith } from './network.ts';
import { portRequests } from './ports.ts';
import { parseSignal } from './signal.ts';
import { deviceRules } from './spec/devices.ts';
import { capabilities, parseSecurityOptions } from './spec/security.ts';
import { validateUlimits } from './spec/ulimits.ts';

/** 6 MiB: below it runc itself has no room (Docker's bound). */
const LEAST_MEMORY = 6 * 1024 * 1024;

/** Throws in Docker's words. Asks the kernel, changes nothing. */
export function validate(engine: Engine, config: ContainerConfig, hostConfig: HostConfig): void {
  validateProcess(config);
  validateNetwork(config, hostConfig);
  validateMemory(hostConfig);
  validateCpu(hostConfig);
  validateRestart(hostConfig);
  validateMode(hostConfig);
  validateRuntime(engine, hostConfig);
  parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  capabilities(hostConfig, 0);
  deviceRules(hostConfig);
  validateLogConfig(hostConfig.LogConfig?.Type ?? '', hostConfig.LogConfig?.Config ?? {});
  validateUlimits(hostConfig);
}

function validateProcess({ StopSignal, WorkingDir, Env, Healthcheck }: ContainerConfig): void {
  if (StopSignal) parseSignal(StopSignal);
  if (WorkingDir && !WorkingDir.startsWith('/')) {
    throw invalidArgument(
      `the working directory '${WorkingDir}' is invalid, it needs to be an absolute path`,
    );
  }
  const nameless = (Env ?? []).find((entry) => entry === '' || entry.startsWith('='));
  if (nameless !== undefined) throw invalidArgument(`invalid environment variable: ${nameless}`);
  for (const key of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const value = Healthcheck?.[key] ?? 0;
    if (value !== 0 && value < 1_000_000)
      throw invalidArgument(`${key} in Healthcheck cannot be less than 1ms`);
  }
  if ((Healthcheck?.Retries ?? 0) < 0) throw invalidArgument('Retries in Healthcheck cannot be negative');
}

function validateNetwork(config: ContainerConfig, hostConfig: HostConfig): void {
  const requests = portRequests({ config, hostConfig });
  const mode = networkMode({ hostConfig });
  if (sharedWith(mode) === undefined) return;
  if (requests.length > 0)
    throw invalidArgument('conflicting options: port publishing and the container type network mode');
  if (config.Hostname) throw invalidArgument('conflicting options: hostname and the network mode');
}

function validateMemory({ Memory, MemorySwap, MemoryReservation, MemorySwappiness }: HostConfig): void {
  if (Memory && Memory > 0 && Memory < LEAST_MEMORY) {
    throw invalidArgument('Minimum memory limit allowed is 6MB');
  }
  if (MemorySwap && MemorySwap > 0 && !Memory) {
    throw invalidArgument('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (Memory && MemorySwap && MemorySwap > 0 && MemorySwap < Memory) {
    throw invalidArgument('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (Memory && MemoryReservation && Memory < MemoryReservation) {
    throw invalidArgument('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
  if (
    MemorySwappiness !== undefined &&
    MemorySwappiness !== null &&
    (MemorySwappiness < -1 || MemorySwappiness > 100)
  ) {
    throw invalidArgument(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  }
}

function validateCpu({ NanoCpus, CpuPeriod, CpuQuota, CpuShares }: HostConfig): void {
  if (NanoCpus && (CpuPeriod || CpuQuota)) {
    throw invalidArgument('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  }
  const most = availableParallelism();
  if (NanoCpus && (NanoCpus < 0 || NanoCpus > most * 1e9)) {
    throw invalidArgument(
      `Range of CPUs is from 0.01 to ${most}.00, as there are only ${most} CPUs available`,
    );
  }
  if (CpuPeriod && (CpuPeriod < 1000 || CpuPeriod > 1_000_000)) {
    throw invalidArgument(
      'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
    );
  }
  if (CpuQuota && CpuQuota > 0 && CpuQuota < 1000) {
    throw invalidArgument('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  }
  if (CpuShares && CpuShares < 0) throw invalidArgument('invalid CPU shares: it must be a positive integer');
}

function validateRestart({ RestartPolicy, AutoRemove }: HostConfig): void {
  const Name = RestartPolicy?.Name || 'no';
  const MaximumRetryCount = RestartPolicy?.MaximumRetryCount ?? 0;
  if (!['no', 'always', 'on-failure', 'unless-stopped'].includes(Name)) {
    throw invalidArgument(
      `invalid restart policy: unknown policy '${Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (MaximumRetryCount && Name !== 'on-failure') {
    throw invalidArgument(`invalid restart policy: maximum retry count can only be used with 'on-failure'`);
  }
  if (MaximumRetryCount && MaximumRetryCount < 0) {
    throw invalidArgument('invalid restart policy: maximum retry count cannot be negative');
  }
  if (AutoRemove && Name !== 'no')
    throw conflict(`can't set 'AutoRemove' and a restart policy of '${Name}' together`);
}

function validateMode({ IpcMode, PidMode, UTSMode, CgroupnsMode, UsernsMode, Isolation }: HostConfig): void {
  const known = (mode: string | null | undefined, words: string[]) =>
    !mode || words.includes(mode) || sharedWith(mode) !== undefined;
  if (!known(IpcMode, ['none', 'host', 'private', 'shareable']))
    throw invalidArgument(`Invalid IPC mode: ${IpcMode}`);
  if (!known(PidMode, ['host'])) throw invalidArgument(`Invalid PID mode: ${PidMode}`);
  if (UTSMode && UTSMode !== 'host') throw invalidArgument(`Invalid UTS mode: ${UTSMode}`);
  if (CgroupnsMode && !['host', 'private'].includes(CgroupnsMode)) {
    throw invalidArgument(`invalid cgroup namespace mode: ${CgroupnsMode}`);
  }
  if (UsernsMode && UsernsMode !== 'host') throw invalidArgument(`invalid USER mode: ${UsernsMode}`);
  if (Isolation && Isolation !== 'default')
    throw invalidArgument(`invalid isolation '${Isolation}' on linux`);
}

function validateRuntime(
  { settings }: Engine,
  { Runtime, DeviceRequests, StorageOpt, VolumeDriver }: HostConfig,
): void {
  if (Runtime && !settings.runtimes.includes(Runtime))
    throw invalidArgument(`unknown or invalid runtime name: ${Runtime}`);
  if (DeviceRequests?.length) {
    throw notImplemented('could not select device driver: skiff has no driver for GPUs or CDI devices');
  }
  if (StorageOpt && Object.keys(StorageOpt).length > 0) {
    throw invalidArgument('--storage-opt is supported only for overlay over xfs with pquota mount option');
  }
  if (VolumeDriver && VolumeDriver !== 'local')
    throw invalidArgument(
      `error looking up volume plugin ${VolumeDriver}: plugin "${VolumeDriver}" not found`,
    );
}
