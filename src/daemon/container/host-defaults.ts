/** What `HostConfig` means where it says nothing; stored with the container, and shown by `inspect`. */
import type { HostConfig } from '../../api/container.ts';
import type { Engine, EngineSettings } from '../engine.ts';
import { asList } from './spec/process.ts';

export function withHostDefaults({ settings }: Engine, asked: HostConfig): HostConfig {
  return {
    ...asked,
    NetworkMode: asked.NetworkMode || 'default',
    IpcMode: asked.IpcMode || settings.defaultIpcMode,
    CgroupnsMode: asked.CgroupnsMode || defaultCgroupNamespace(settings, asked),
    Init: asked.Init ?? (settings.init || null),
    ShmSize: asked.ShmSize || settings.shmSize,
    ConsoleSize: asked.ConsoleSize ?? [0, 0],
    CapAdd: asked.CapAdd ? asList(asked.CapAdd) : null,
    CapDrop: asked.CapDrop ? asList(asked.CapDrop) : null,
    Runtime: asked.Runtime || settings.defaultRuntime,
    RestartPolicy: {
      Name: asked.RestartPolicy?.Name || 'no',
      MaximumRetryCount: asked.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    LogConfig: logConfig(settings, asked),
    PortBindings: asked.PortBindings ?? {},
    // A host that could not do it shows no choice.
    OomKillDisable: asked.OomKillDisable || (settings.cgroupVersion === 1 ? false : null),
    PidsLimit: (asked.PidsLimit ?? 0) > 0 ? asked.PidsLimit : null,
    // As much swap again as memory; -1 is how clients say nothing.
    MemorySwap: asked.MemorySwap || (asked.Memory ?? 0) * 2,
    MemorySwappiness: asked.MemorySwappiness === -1 ? null : (asked.MemorySwappiness ?? null),
  };
}

/** Docker's: on v1 a privileged container sees the host's whatever the daemon was told; on v2 it has one of its own. */
function defaultCgroupNamespace(settings: EngineSettings, { Privileged }: HostConfig): string {
  if (settings.cgroupVersion === 1 && Privileged) return 'host';
  return settings.defaultCgroupnsMode ?? (settings.cgroupVersion === 1 ? 'host' : 'private');
}

/** The daemon's options are for the daemon's driver. */
function logConfig(settings: EngineSettings, { LogConfig }: HostConfig): HostConfig['LogConfig'] {
  const driver = LogConfig?.Type || settings.logDriver;
  const usual = driver === settings.logDriver ? settings.logOptions : {};
  return { Type: driver, Config: { ...usual, ...LogConfig?.Config } };
}
