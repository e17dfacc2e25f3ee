/** What clients of older API versions mean by what they leave out of what they ask to be made, as dockerd reads it. */
import type { ContainerCreateRequest } from './container-config.ts';
import type { NetworkCreateRequest } from './network.ts';
import { olderThan } from './version.ts';

/** Fields that a client of this version cannot know are dropped; defaults that changed are those of its time. */
export function createRequestFor(version: string, given: ContainerCreateRequest): ContainerCreateRequest {
  const request = structuredClone(given);
  const host = request.HostConfig ?? {};
  request.HostConfig = host;
  if (olderThan(version, '1.40')) {
    host.IpcMode ||= 'shareable';
    for (const mount of host.Mounts ?? []) if (mount.BindOptions) mount.BindOptions.NonRecursive = false;
  }
  if (olderThan(version, '1.41')) host.CgroupnsMode ||= 'host';
  if (olderThan(version, '1.42')) {
    host.ConsoleSize = null;
    for (const mount of host.Mounts ?? []) if (mount.BindOptions) mount.BindOptions.CreateMountpoint = false;
  }
  if (olderThan(version, '1.44')) {
    if (request.Healthcheck) request.Healthcheck.StartInterval = 0;
    for (const mount of host.Mounts ?? []) {
      if (mount.BindOptions) mount.BindOptions.ReadOnlyNonRecursive ??= true;
    }
  }
  if (!olderThan(version, '1.52')) request.MacAddress = null;
  return request;
}

/** IPv4 was a matter of course. */
export function networkRequestFor(version: string, request: NetworkCreateRequest): NetworkCreateRequest {
  return olderThan(version, '1.48') ? { ...request, EnableIPv4: true } : request;
}
