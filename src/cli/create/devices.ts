// `--device` and `--gpus`.

import type { DeviceMapping, DeviceRequest } from '../../api/host-config.ts';
import { splitCsv } from './csv.ts';

/** `vendor.com/class=name`, a device that the Container Device Interface describes. */
export function isCdiDevice(text: string): boolean {
  return /^[a-z][\w.-]*[a-z\d]\/[a-z][\w.-]*=[\w.:-]+$/i.test(text);
}

/** `/dev/fuse`, `/dev/sda:/dev/xvda`, `/dev/sda:/dev/xvda:r`. */
export function parseDevice(text: string): DeviceMapping {
  const [source = '', second, third, ...more] = text.split(':');
  if (more.length > 0) throw new Error(`bad format for path: ${text}`);
  const isMode = (part: string | undefined) => part !== undefined && /^(?!.*(.).*\1)[rwm]{1,3}$/.test(part);
  if (third !== undefined && !isMode(third)) throw new Error(`bad mode specified: ${third}`);
  const target = second === undefined || (third === undefined && isMode(second)) ? source : second;
  const mode = third ?? (isMode(second) ? second : undefined) ?? 'rwm';
  if (!target.startsWith('/')) throw new Error(`${target || source} is not an absolute path`);
  return { PathOnHost: source, PathInContainer: target, CgroupPermissions: mode };
}

/** `all`, `2`, `"device=0,1"`, `count=2,capabilities=utility`. */
export function parseGpus(text: string): DeviceRequest {
  const request = { Driver: '', Count: 0, DeviceIDs: [] as string[], Capabilities: [['gpu']], Options: {} };
  for (const field of splitCsv(text)) {
    const cut = field.indexOf('=');
    const [key, value] = cut < 0 ? ['count', field] : [field.slice(0, cut), field.slice(cut + 1)];
    if (key === 'driver') request.Driver = value;
    else if (key === 'count') request.Count = gpuCount(value);
    else if (key === 'device') request.DeviceIDs = splitCsv(value);
    else if (key === 'capabilities') request.Capabilities = [[...splitCsv(value), 'gpu']];
    else if (key === 'options')
      request.Options = Object.fromEntries(splitCsv(value).map((pair) => pair.split('=')));
    else throw new Error(`unexpected key '${key}' in '${field}'`);
  }
  if (request.Count === 0 && request.DeviceIDs.length === 0) request.Count = 1;
  return request;
}

function gpuCount(text: string): number {
  if (text === 'all') return -1;
  if (!/^-?\d+$/.test(text))
    throw new Error(`invalid count (${text}): value must be either "all" or an integer: invalid syntax`);
  return Number(text);
}
