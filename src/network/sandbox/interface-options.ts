/** What an endpoint may ask of its link inside the container: its name, and its own settings under /proc/sys/net. */
import { invalidArgument } from '../../core/errors.ts';
import type { InterfaceSetting } from '../kernel/calls.ts';

export const INTERFACE_NAME = 'com.docker.network.endpoint.ifname';
export const INTERFACE_SETTINGS = 'com.docker.network.endpoint.sysctls';
/** Of a network: what the names of its links begin with. */
export const INTERFACE_PREFIX = 'com.docker.network.container_iface_prefix';

/** IFNAMSIZ less the closing NUL; what the kernel takes (dev_valid_name) and /proc can show. */
const NAME = /^(?!\.{1,2}$)[^/\s:%]{1,15}$/;
/** `net.ipv4.conf.IFNAME.forwarding=1`. */
const SETTING = /^net\.(ipv4|ipv6|mpls)\.(conf|neigh|input)\.IFNAME\.([a-z0-9_]+)=(.*)$/i;

/** Throws `invalid-argument` for what is no name, or no setting of an interface. */
export function checkInterfaceOptions(options: Record<string, string>): void {
  const name = options[INTERFACE_NAME];
  if (name !== undefined && (!NAME.test(name) || name === 'lo'))
    throw invalidArgument(`invalid interface name ${JSON.stringify(name)}`);
  interfaceSettings(options[INTERFACE_SETTINGS] ?? '');
}

/** As a comma separates them. */
export function interfaceSettings(text: string): InterfaceSetting[] {
  if (text === '') return [];
  return text.split(',').map((entry) => {
    const [, family = '', group = '', key = '', value = ''] = SETTING.exec(entry.trim()) ?? [];
    if (family === '')
      throw invalidArgument(
        `invalid interface sysctl ${JSON.stringify(entry)}: it should be like net.ipv4.conf.IFNAME.forwarding=1`,
      );
    return { family, group, key, value };
  });
}
