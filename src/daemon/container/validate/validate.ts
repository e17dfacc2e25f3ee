/**
 * Refuses, when a container is made, what could not be honoured when it starts. What this kernel merely lacks is
 * discarded with a warning instead (kernel-limits.ts). Nothing is dropped in silence.
 */
import type { ContainerConfig, HostConfig } from '../../../api/container.ts';
import { invalidArgument, notFound, notImplemented } from '../../../core/errors.ts';
import type { Engine } from '../../engine.ts';
import { validateLogConfig } from '../logging/drivers.ts';
import { validateTmpfs } from '../mounts/tmpfs-options.ts';
import { deviceRules } from '../spec/devices.ts';
import { capabilities, validateSecurityOptions } from '../spec/security.ts';
import { validateUlimits } from '../spec/ulimits.ts';
import { validateLimits } from './limits.ts';
import { validateModes } from './modes.ts';
import { validateNetwork } from './network.ts';
import { validateProcess } from './process.ts';
import { validateRestart } from './restart.ts';

/** Throws in Docker's words. Asks the kernel, changes nothing. */
export function validate(engine: Engine, config: ContainerConfig, hostConfig: HostConfig): void {
  validateProcess(config);
  validateNetwork(config, hostConfig);
  validateChangeable(engine, hostConfig);
  validateModes(hostConfig);
  validateRuntime(engine, hostConfig);
  validateSecurityOptions(engine, hostConfig);
  capabilities(hostConfig, 0);
  deviceRules(hostConfig);
  validateLogConfig(hostConfig.LogConfig?.Type ?? '', hostConfig.LogConfig?.Config ?? {});
  validateUlimits(hostConfig);
  validateTmpfs(hostConfig.Tmpfs ?? {});
  if ('' in (hostConfig.Annotations ?? {}))
    throw invalidArgument('invalid Annotations: the empty string is not permitted as an annotation key');
}

/** What an update can change. */
export function validateChangeable({ settings }: Engine, hostConfig: HostConfig): void {
  validateLimits(hostConfig, settings.cgroupVersion);
  validateRestart(hostConfig);
}

function validateRuntime(
  { settings }: Engine,
  { Runtime, DeviceRequests, StorageOpt, VolumeDriver, Binds, ShmSize }: HostConfig,
): void {
  if (Runtime && !settings.runtimes.includes(Runtime))
    throw invalidArgument(`unknown or invalid runtime name: ${Runtime}`);
  for (const { Driver, Capabilities } of DeviceRequests ?? []) {
    const wanted = (Capabilities ?? []).map((together) => `[${together.join(' ')}]`).join(' ');
    throw notImplemented(`could not select device driver "${Driver ?? ''}" with capabilities: [${wanted}]`);
  }
  for (const option of Object.keys(StorageOpt ?? {})) {
    if (option !== 'size') throw invalidArgument(`Unknown option ${option}`);
    throw invalidArgument("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  const named = (Binds ?? [])
    .map((bind) => bind.split(':'))
    .find(([source = '', target]) => target && !source.startsWith('/'));
  if (VolumeDriver && VolumeDriver !== 'local' && named)
    throw notFound(
      `create ${named[0]}: error looking up volume plugin ${VolumeDriver}: plugin "${VolumeDriver}" not found`,
    );
  if (ShmSize && ShmSize < 0) throw invalidArgument('SHM size can not be less than 0');
}
