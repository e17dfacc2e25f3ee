/** core's Mount to mount(2): OCI option names become flags, the rest is handed to the file system. */
import { invalidArgument } from '../core/errors.ts';
import type { Mount } from '../core/mount.ts';
import { MS, mount } from '../kernel/mount.ts';

const FLAGS: Record<string, number> = {
  ro: MS.RDONLY,
  rw: 0,
  nosuid: MS.NOSUID,
  nodev: MS.NODEV,
  noexec: MS.NOEXEC,
  noatime: MS.NOATIME,
  bind: MS.BIND,
  rbind: MS.BIND | MS.REC,
};

/** mount(2): the data argument is at most one page, its closing zero included. */
const DATA_LIMIT = 4095;

export function mountOne({ type, source, options }: Mount, target: string): void {
  let flags = type === 'bind' ? MS.BIND : 0;
  const data: string[] = [];
  for (const option of options) {
    const flag = FLAGS[option];
    if (flag === undefined) data.push(option);
    else flags |= flag;
  }
  const text = data.join(',');
  if (Buffer.byteLength(text) > DATA_LIMIT) {
    throw invalidArgument(
      `the mount options of ${target} are longer than the kernel takes (${DATA_LIMIT} bytes)`,
    );
  }
  mount(source, target, type, flags, text === '' ? undefined : text);
  // mount(2), "Creating a bind mount": other flags are ignored until it is remounted.
  const restrictions = flags & ~(MS.BIND | MS.REC);
  if (flags & MS.BIND && restrictions) mount(source, target, type, MS.BIND | MS.REMOUNT | restrictions);
}
