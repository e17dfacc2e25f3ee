/** What `HostConfig` means where it says nothing; stored with the container, and shown by `inspect`. */
import type { HostConfig } from '../../api/container.ts';
import type { Engine, EngineSettings } from '../engine.ts';

export function withHostDefaults({ settings }: Engine, asked: HostConfig): HostConfig {
  return {
    ...asked,
    NetworkMode: asked.NetworkMode || 'default',
    IpcMode: asked.IpcMode || 'private',
    CgroupnsMode: asked.CgroupnsMode || defaultCgroupNamespace(settings, asked),
    ShmSize: asked.ShmSize || settings.shmSize,
    ConsoleSize: asked.ConsoleSize ?? [0, 0],
    Runtime: asked.Runtime || settings.defaultRuntime,
    RestartPolicy: {
      Name: asked.RestartPolicy?.Name || 'no',
      MaximumRetryCount: asked.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    LogConfig: logConfig(settings, asked),
    PortBindings: asked.PortBindings ?? {},
    OomKillDisable: asked.OomKillDisable ?? false,
  };
}

/** Docker's: the host's on cgroup v1, a private one on v2 unless privileged. */
function defaultCgroupNamespace(
  { cgroupVersion }: EngineSettings,
  { Privileged }: HostConfig,
): 'host' | 'private' {
  return cgroupVersion === 1 || Privileged ? 'host' : 'private';
}

/** The daemon's options are for the daemon's driver. */
function logConfig(settings: EngineSettings, { LogConfig }: HostConfig): HostConfig['LogConfig'] {
  const driver = LogConfig?.Type || settings.logDriver;
  const usual = driver === settings.logDriver ? settings.logOptions : {};
  return { Type: driver, Config: { ...usual, ...LogConfig?.Config } };
}
