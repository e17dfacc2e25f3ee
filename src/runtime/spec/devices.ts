/** Which devices a container may use, besides those that runc always allows (null, zero, full, random, tty, ptmx, pts). */
import type { OciDeviceRule } from '../oci.ts';

/** Everything is denied first; numbers from Documentation/admin-guide/devices.txt. */
export function defaultDeviceRules(): OciDeviceRule[] {
  const memory = (minor: number): OciDeviceRule => character(1, minor);
  return [
    { allow: false, access: 'rwm' },
    ...[3, 5, 7, 8, 9].map(memory),
    character(5, 0),
    character(5, 1),
    { ...character(10, 229), allow: false },
  ];
}

/** `--privileged`. */
export function allDeviceRules(): OciDeviceRule[] {
  return [{ allow: true, access: 'rwm' }];
}

function character(major: number, minor: number): OciDeviceRule {
  return { allow: true, type: 'c', major, minor, access: 'rwm' };
}
