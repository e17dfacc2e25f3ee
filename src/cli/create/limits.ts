// Ulimits and block device limits of the command line.

import type { ThrottleDevice, Ulimit, WeightDevice } from '../../api/host-config.ts';
import { parseSize } from '../args/quantity.ts';

const names = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  ),
);

/** `nofile=1024:2048`, `nofile=1024` for both. */
export function parseUlimit(text: string): Ulimit {
  const parts = /^([^=]+)=([^:]+)(?::([^:]+))?$/.exec(text);
  if (!parts) throw new Error(`invalid ulimit argument: ${text}`);
  const [, Name = '', soft = '', hard] = parts;
  if (!names.has(Name)) throw new Error(`invalid ulimit type: ${Name}`);
  // Docker's client reads the second one first.
  const Hard = limit(hard ?? soft);
  const Soft = limit(soft);
  if (Hard !== -1 && (Soft === -1 || Soft > Hard)) {
    throw new Error(`ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`);
  }
  return { Name, Soft, Hard };
}

function limit(text: string): number {
  if (text === 'unlimited') return -1;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** `/dev/sda:1mb`. */
export function parseByteRate(text: string): ThrottleDevice {
  const { Path, amount } = splitDevice(text);
  try {
    return { Path, Rate: parseSize(amount) };
  } catch (error) {
    const form =
      '<device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb';
    throw new Error(`invalid rate for device: ${text}. The correct format is ${form}`, { cause: error });
  }
}

/** `/dev/sda:100`. */
export function parseRate(text: string): ThrottleDevice {
  const { Path, amount } = splitDevice(text);
  if (!/^\d+$/.test(amount)) {
    const form = '<device-path>:<number>. Number must be a positive integer';
    throw new Error(`invalid rate for device: ${text}. The correct format is ${form}`);
  }
  return { Path, Rate: Number(amount) };
}

export function parseWeight(text: string): WeightDevice {
  const { Path, amount } = splitDevice(text);
  const Weight = Number(amount);
  if (!Number.isInteger(Weight) || (Weight !== 0 && (Weight < 10 || Weight > 1000))) {
    throw new Error(`invalid weight for device: ${text}`);
  }
  return { Path, Weight };
}

function splitDevice(text: string): { Path: string; amount: string } {
  const cut = text.indexOf(':');
  if (cut < 0) throw new Error(`bad format: ${text}`);
  const Path = text.slice(0, cut);
  if (!Path.startsWith('/dev/')) throw new Error(`bad format for device path: ${text}`);
  return { Path, amount: text.slice(cut + 1) };
}
