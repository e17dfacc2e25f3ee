/** Device nodes and the rules of the device cgroup: `--device`, `--device-cgroup-rule`, `--privileged`. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { HostConfig } from '../../../api/container.ts';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import type { OciDevice, OciDeviceRule } from '../../../runtime/oci.ts';
import { defaultDeviceRules } from '../../../runtime/spec/devices.ts';

export function devices(hostConfig: HostConfig): OciDevice[] | undefined {
  const mapped = (hostConfig.Devices ?? []).flatMap(({ PathOnHost, PathInContainer }) =>
    devicesBelow(PathOnHost ?? '', PathInContainer || (PathOnHost ?? '')),
  );
  const all = hostConfig.Privileged ? [...hostDevices(), ...mapped] : mapped;
  return all.length > 0 ? all : undefined;
}

export function deviceRules(hostConfig: HostConfig): OciDeviceRule[] {
  if (hostConfig.Privileged) return [{ allow: true, access: 'rwm' }];
  const mapped = (hostConfig.Devices ?? []).flatMap(({ PathOnHost, CgroupPermissions }) =>
    devicesBelow(PathOnHost ?? '', PathOnHost ?? '').map(({ type, major, minor }) => ({
      allow: true,
      type: type === 'b' ? ('b' as const) : ('c' as const),
      major,
      minor,
      access: CgroupPermissions || 'rwm',
    })),
  );
  return [...defaultDeviceRules(), ...mapped, ...(hostConfig.DeviceCgroupRules ?? []).map(parseRule)];
}

/** makedev(3): the numbers that stat(2) packs into one. */
export function deviceNumbers(path: string): { major: number; minor: number } {
  const { rdev } = statDevice(path);
  return unpack(rdev);
}

const unpack = (rdev: number) => ({
  major: (rdev >> 8) & 0xfff,
  minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00),
});

/** One node, or all nodes of a directory and those in it. */
function devicesBelow(onHost: string, inContainer: string): OciDevice[] {
  const info = statDevice(onHost);
  if (!info.isDirectory()) return [node(onHost, inContainer)];
  const nodes = hostDevices(onHost).map((found) => ({
    ...found,
    path: join(inContainer, relative(onHost, found.path)),
  }));
  if (nodes.length === 0) throw notADevice(onHost);
  return nodes;
}

function node(onHost: string, inContainer: string): OciDevice {
  const info = statDevice(onHost);
  if (!info.isBlockDevice() && !info.isCharacterDevice()) throw notADevice(onHost);
  return {
    path: inContainer,
    type: info.isBlockDevice() ? 'b' : 'c',
    ...unpack(info.rdev),
    fileMode: info.mode & 0o7777,
    uid: info.uid,
    gid: info.gid,
  };
}

const notADevice = (path: string) =>
  invalidArgument(
    `error gathering device information while adding custom device "${path}": not a device node`,
  );

function statDevice(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    const reason = errnoOf(error) === 'ENOENT' ? 'no such file or directory' : String(error);
    throw invalidArgument(
      `error gathering device information while adding custom device "${path}": ${reason}`,
      error,
    );
  }
}

/** What the runtime mounts itself is left out: terminals, shared memory, message queues. */
const NOT_SHARED = new Set(['pts', 'shm', 'fd', 'mqueue', 'console', '.lxc', '.lxd-mounts', '.udev']);

function hostDevices(directory = '/dev'): OciDevice[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (NOT_SHARED.has(entry.name)) return [];
    if (entry.isDirectory()) return hostDevices(path);
    return entry.isBlockDevice() || entry.isCharacterDevice() ? [node(path, path)] : [];
  });
}

/** `c 189:* rwm`, as in the kernel's devices cgroup. */
function parseRule(text: string): OciDeviceRule {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text);
  if (!match) throw invalidArgument(`invalid device cgroup rule format: '${text}'`);
  const [, type, major, minor, access] = match;
  return { allow: true, type: type as 'a' | 'b' | 'c', major: number(major), minor: number(minor), access };
}

const number = (text: string | undefined) => (text === '*' ? -1 : Number(text));
