/**
 * Limits of block devices, as lines for the kernel's files (Documentation/admin-guide/cgroup-v1/blkio-controller.rst;
 * cgroup-v2.rst, "IO Interface Files"). A line changes one device; what is not limited any more has to be told so, too.
 */
import type { OciResources, OciThrottle } from '../oci.ts';

type BlockIo = NonNullable<OciResources['blockIO']>;

const RATES = [
  ['throttleReadBpsDevice', 'blkio.throttle.read_bps_device', 'rbps'],
  ['throttleWriteBpsDevice', 'blkio.throttle.write_bps_device', 'wbps'],
  ['throttleReadIOPSDevice', 'blkio.throttle.read_iops_device', 'riops'],
  ['throttleWriteIOPSDevice', 'blkio.throttle.write_iops_device', 'wiops'],
] as const;

export interface FileLine {
  file: string;
  line: string;
}

/** `read`: what a file of the group says now; '' if it is not there. */
export function blockIoLinesV1(wanted: BlockIo, read: (file: string) => string): FileLine[] {
  const rates = RATES.flatMap(([key, file]) => {
    const after = ratesOf(wanted[key]);
    const devices = new Set([...devicesIn(read(file)), ...after.keys()]);
    return [...devices].map((device) => ({ file, line: `${device} ${after.get(device) ?? 0}` }));
  });
  const file = ['blkio.weight_device', 'blkio.bfq.weight_device'].find((name) => read(name) !== '');
  return [...rates, ...(file ? weightLines(wanted, file, read(file)) : [])];
}

/** The same for version 2. */
export function blockIoLinesV2(wanted: BlockIo, read: (file: string) => string): FileLine[] {
  const file = 'io.max';
  const after = RATES.map(([key, , word]) => [word, ratesOf(wanted[key])] as const);
  const devices = new Set([...devicesIn(read(file)), ...after.flatMap(([, rates]) => [...rates.keys()])]);
  const lines = [...devices].map((device) => {
    const words = after.map(([word, rates]) => `${word}=${rates.get(device) ?? 'max'}`);
    return { file, line: [device, ...words].join(' ') };
  });
  return [...lines, ...weightLines(wanted, 'io.bfq.weight', read('io.bfq.weight'))];
}

function weightLines({ weightDevice = [] }: BlockIo, file: string, now: string): FileLine[] {
  const after = new Map(weightDevice.map(({ major, minor, weight }) => [`${major}:${minor}`, weight]));
  const devices = new Set([...devicesIn(now), ...after.keys()]);
  return [...devices].map((device) => ({ file, line: `${device} ${after.get(device) ?? 'default'}` }));
}

const ratesOf = (throttles: readonly OciThrottle[] = []) =>
  new Map(throttles.map(({ major, minor, rate }) => [`${major}:${minor}`, rate]));

const devicesIn = (text: string) => text.match(/^\d+:\d+(?= )/gm) ?? [];
