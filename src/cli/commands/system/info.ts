// `skiff info`: what the engine says of itself and its machine.

import type { SystemInfo } from '../../../api/system.ts';
import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { ExitError } from '../../exit.ts';
import { binarySize } from '../../output/size.ts';
import { clientVersion } from '../../version.ts';
import { objectFormatHelp } from '../format-help.ts';
import { objectPrinter } from '../object-printer.ts';

export const command = defineCommand({
  name: 'system info',
  usage: '[OPTIONS]',
  description: 'Display system-wide information',
  args: [0, 0],
  flags: { format: string(objectFormatHelp, { short: 'f' }) },
  async run({ flags, engine, world }) {
    let failure: unknown;
    const info = await engine.json<SystemInfo>('GET', '/info').catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    if (flags.format) {
      const ClientInfo = {
        Debug: false,
        Version: clientVersion,
        Context: 'default',
        Plugins: [],
        Warnings: null,
      };
      const format = { text: flags.format, type: 'system.dockerInfo' };
      const print = await objectPrinter(format, world);
      print({ ...info, ClientInfo });
    } else {
      world.stdout.write(
        `Client:\n Version:    ${clientVersion}\n Context:    default\n Debug Mode: false\n\nServer:\n`,
      );
      if (info) world.stdout.write(`${describe(info).join('\n')}\n\n`);
    }
    if (failure)
      throw flags.format ? failure : new ExitError(`${messageWithHint(failure)}`, 1, { cause: failure });
    for (const warning of flags.format ? [] : (info?.Warnings ?? [])) world.stderr.write(`${warning}\n`);
  },
});

function messageWithHint(failure: unknown): string {
  const reason = failure instanceof Error ? failure.message : String(failure);
  return `${reason}\nerrors pretty printing info`;
}

function describe(info: SystemInfo): string[] {
  return [...counts(info), ...plugins(info), ...runtime(info), ...machine(info), ...settings(info)];
}

function counts(info: SystemInfo): string[] {
  return [
    ` Containers: ${info.Containers}`,
    `  Running: ${info.ContainersRunning}`,
    `  Paused: ${info.ContainersPaused}`,
    `  Stopped: ${info.ContainersStopped}`,
    ` Images: ${info.Images}`,
    ...given('Server Version', info.ServerVersion),
    ` Storage Driver: ${info.Driver}`,
    ...(info.DriverStatus ?? []).map((pair) => `  ${pair?.[0]}: ${pair?.[1]}`),
    ...given('Logging Driver', info.LoggingDriver),
    ...given('Cgroup Driver', info.CgroupDriver),
    ...given('Cgroup Version', info.CgroupVersion),
  ];
}

function plugins({ Plugins }: SystemInfo): string[] {
  const joined = (names: readonly string[] | null | undefined) => (names ?? []).join(' ');
  const authorization = Plugins.Authorization?.length
    ? [`  Authorization: ${joined(Plugins.Authorization)}`]
    : [];
  return [
    ' Plugins:',
    `  Volume: ${joined(Plugins.Volume)}`,
    `  Network: ${joined(Plugins.Network)}`,
    ...authorization,
    `  Log: ${joined(Plugins.Log)}`,
  ];
}

function runtime(info: SystemInfo): string[] {
  return [
    ` Swarm: ${info.Swarm?.LocalNodeState ?? 'inactive'}`,
    ` Runtimes: ${Object.keys(info.Runtimes ?? {}).join(' ')}`,
    ` Default Runtime: ${info.DefaultRuntime}`,
    ...given('Init Binary', info.InitBinary),
    ...(info.ContainerdCommit?.ID ? [` containerd version: ${info.ContainerdCommit.ID}`] : []),
    ...(info.RuncCommit?.ID ? [` runc version: ${info.RuncCommit.ID}`] : []),
    ` init version: ${info.InitCommit?.ID ?? ''}`,
    ...securityOptions(info.SecurityOptions ?? []),
  ];
}

/** `name=seccomp,profile=default` is a heading and its details. */
function securityOptions(options: readonly string[]): string[] {
  if (options.length === 0) return [];
  const lines = options.flatMap((option) => {
    const pairs = option.split(',').map((pair) => pair.split('=') as [string, string]);
    const name = pairs.find(([key]) => key === 'name')?.[1] ?? option;
    const rest = pairs.filter(([key]) => key !== 'name');
    return [
      `  ${name}`,
      ...rest.map(([key, value]) => `   ${key[0]?.toUpperCase()}${key.slice(1)}: ${value}`),
    ];
  });
  return [' Security Options:', ...lines];
}

function machine(info: SystemInfo): string[] {
  return [
    ...given('Kernel Version', info.KernelVersion),
    ...given('Operating System', info.OperatingSystem),
    ...given('OSType', info.OSType),
    ...given('Architecture', info.Architecture),
    ` CPUs: ${info.NCPU}`,
    ` Total Memory: ${binarySize(info.MemTotal)}`,
    ...given('Name', info.Name),
    ...given('ID', info.ID),
    ` Docker Root Dir: ${info.DockerRootDir}`,
    ` Debug Mode: ${info.Debug}`,
  ];
}

function settings(info: SystemInfo): string[] {
  const insecure = [
    ...Object.entries(info.RegistryConfig?.IndexConfigs ?? {})
      .filter(([, index]) => !index.Secure)
      .map(([name]) => name),
    ...(info.RegistryConfig?.InsecureRegistryCIDRs ?? []),
  ];
  const mirrors = info.RegistryConfig?.Mirrors ?? [];
  return [
    ...given('HTTP Proxy', info.HttpProxy),
    ...given('HTTPS Proxy', info.HttpsProxy),
    ...given('No Proxy', info.NoProxy),
    ...block('Labels', info.Labels ?? []),
    ` Experimental: ${info.ExperimentalBuild}`,
    ...block('Insecure Registries', insecure),
    ...block('Registry Mirrors', mirrors),
    ` Live Restore Enabled: ${info.LiveRestoreEnabled}`,
    ...given('Product License', info.ProductLicense),
    ...block(
      'Default Address Pools',
      (info.DefaultAddressPools ?? []).map((pool) => `Base: ${pool.Base}, Size: ${pool.Size}`),
    ),
  ];
}

function given(name: string, value: string | undefined): string[] {
  return value ? [` ${name}: ${value}`] : [];
}

function block(name: string, values: readonly string[]): string[] {
  return values.length > 0 ? [` ${name}:`, ...values.map((value) => `  ${value}`)] : [];
}
