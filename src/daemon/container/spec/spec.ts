/** From a container's record to the `config.json` that runc is given. Each part of it has a file here. */
import { readFileSync } from 'node:fs';
import { step } from '../../../core/step.ts';
import type { OciSpec } from '../../../runtime/oci.ts';
import { maskedPaths, readonlyPaths } from '../../../runtime/spec/paths.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { linkedEnvironment } from '../links.ts';
import type { MountSources } from '../mounts/attach.ts';
import { refuseUnshared } from '../mounts/propagation.ts';
import type { JoinedNetwork } from '../network.ts';
import { cgroupsPath } from './cgroup.ts';
import { devices } from './devices.ts';
import { mounts } from './mounts.ts';
import { namespaces } from './namespaces.ts';
import { ociProcess } from './process.ts';
import { resources } from './resources.ts';
import { appArmorProfile, seccomp } from './security.ts';

/** What a start has prepared for the spec. */
export interface SpecContext {
  /** Where the root filesystem is mounted now. */
  rootfs: string;
  sources: MountSources;
  network: JoinedNetwork;
  /** A tmpfs to bind at /dev/shm; absent: the container's own. */
  sharedMemory: string | undefined;
}

export function composeSpec(engine: Engine, container: Container, context: SpecContext): Promise<OciSpec> {
  return step('container.spec', { id: container.id }, async () => {
    const { hostConfig } = container;
    const apparmorProfile = appArmorProfile(engine, hostConfig);
    if (apparmorProfile) await engine.appArmor?.ready(apparmorProfile);
    for (const point of container.mounts) await refuseUnshared(engine.settings.dataRoot, point);
    const uts = hostConfig.UTSMode === 'host';
    return {
      ociVersion: '1.0.2',
      process: {
        ...ociProcess(container, context.rootfs, engine.settings, linkedEnvironment(engine, container)),
        apparmorProfile,
      },
      root: { path: 'rootfs', readonly: hostConfig.ReadonlyRootfs === true },
      ...(uts ? {} : { hostname: container.config.Hostname ?? '' }),
      mounts: mounts(container, { ...context, initPath: engine.settings.initPath }),
      annotations: hostConfig.Annotations ?? undefined,
      linux: {
        namespaces: namespaces(engine, container, context.network),
        cgroupsPath: cgroupsPath(engine.settings, container),
        devices: devices(hostConfig),
        resources: resources(hostConfig),
        rootfsPropagation: rootPropagation(container),
        seccomp: seccomp(engine, hostConfig),
        sysctl: sysctls(container),
        maskedPaths: paths(hostConfig.Privileged, hostConfig.MaskedPaths, maskedPaths()),
        readonlyPaths: paths(hostConfig.Privileged, hostConfig.ReadonlyPaths, readonlyPaths()),
      },
    };
  });
}

/** null and absent: Docker's own list. An empty list is a list: `systempaths=unconfined`. */
function paths(
  privileged: boolean | null | undefined,
  asked: string[] | null | undefined,
  usual: readonly string[],
): string[] | undefined {
  if (privileged) return undefined;
  return asked ?? [...usual];
}

/** A mount that is to propagate needs a root that lets it (mount_namespaces(7)). */
function rootPropagation({ mounts }: Container): string | undefined {
  const asked = mounts.map(({ Propagation }) => Propagation ?? '');
  if (asked.some((propagation) => propagation.endsWith('shared'))) return 'shared';
  if (asked.some((propagation) => propagation.endsWith('slave'))) return 'slave';
  return undefined;
}

/** Docker's two defaults, where the container has a network namespace of its own and the kernel knows them. */
function sysctls({ config, hostConfig }: Container): Record<string, string> {
  const own = hostConfig.NetworkMode !== 'host' && !hostConfig.NetworkMode?.startsWith('container:');
  const usual: Record<string, string> = {};
  if (own && hostConfig.UsernsMode !== 'host') {
    usual['net.ipv4.ip_unprivileged_port_start'] = '0';
    if (hasPingGroupRange()) usual['net.ipv4.ping_group_range'] = '0 2147483647';
  }
  // uname(2): the kernel keeps the domain name; runc has no field of its own for it before 1.2.
  if (config.Domainname && hostConfig.UTSMode !== 'host') usual['kernel.domainname'] = config.Domainname;
  return { ...usual, ...hostConfig.Sysctls };
}

function hasPingGroupRange(): boolean {
  try {
    readFileSync('/proc/sys/net/ipv4/ping_group_range');
    return true;
  } catch {
    return false;
  }
}
