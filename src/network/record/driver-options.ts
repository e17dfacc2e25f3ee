/** What a network's driver is told by its options, checked in dockerd's words. */
import { invalidArgument, notImplemented } from '../../core/errors.ts';
import { addressBytes, familyOf } from '../addressing/address.ts';
import type { Network } from '../network.ts';

type Options = Record<string, string>;

export const BRIDGE_NAME = 'com.docker.network.bridge.name';
const FLAGS = ['com.docker.network.bridge.enable_icc', 'com.docker.network.bridge.enable_ip_masquerade'];
const BINDING = 'com.docker.network.bridge.host_binding_ipv4';
const MTU = 'com.docker.network.driver.mtu';
const GATEWAY_MODES = [
  'com.docker.network.bridge.gateway_mode_ipv4',
  'com.docker.network.bridge.gateway_mode_ipv6',
];

/** strconv.ParseBool of Go. */
const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/** linux/if_link.h, enum macvlan_mode. */
export const MACVLAN_MODES: Record<string, number> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };
/** linux/if_link.h, IPVLAN_F_PRIVATE and IPVLAN_F_VEPA. */
export const IPVLAN_FLAGS: Record<string, number> = { bridge: 0, private: 1, vepa: 2 };

/** Throws `invalid-argument`, or `not-implemented` for what this engine lacks. */
export function checkOptions({ driver, options }: Pick<Network, 'driver' | 'options'>): void {
  if (driver === 'bridge') checkBridge(options);
  else if (driver === 'macvlan')
    checkMode('macvlan', 'mode', options.macvlan_mode, Object.keys(MACVLAN_MODES));
  else if (driver === 'ipvlan') checkIpvlan(options);
}

export function flagOption(options: Options, name: string, absent: boolean): boolean {
  const text = options[name];
  return text === undefined ? absent : TRUE.includes(text);
}

/** Undefined: the kernel's own. */
export function mtuOption(options: Options): number | undefined {
  const mtu = Number(options[MTU]);
  return mtu > 0 ? mtu : undefined;
}

function checkBridge(options: Options): void {
  for (const name of FLAGS) {
    const text = options[name];
    if (text !== undefined && ![...TRUE, ...FALSE].includes(text))
      throw unparsed(name, text, `strconv.ParseBool: parsing "${text}": invalid syntax`);
  }
  const mtu = options[MTU];
  if (mtu !== undefined && !/^[+-]?\d+$/.test(mtu))
    throw unparsed(MTU, mtu, `strconv.Atoi: parsing "${mtu}": invalid syntax`);
  const binding = options[BINDING];
  if (binding && !isIpv4(binding)) throw unparsed(BINDING, binding, 'nil ip');
  for (const name of GATEWAY_MODES) {
    if (options[name] && options[name] !== 'nat')
      throw notImplemented(`the gateway mode ${options[name]} of bridges is not implemented by this engine`);
  }
}

function checkIpvlan({ ipvlan_mode = '', ipvlan_flag }: Options): void {
  checkMode('ipvlan', 'mode', ipvlan_mode, ['l2', 'l3', 'l3s']);
  checkMode('ipvlan', 'flag', ipvlan_flag, Object.keys(IPVLAN_FLAGS));
  if (ipvlan_mode.startsWith('l3'))
    throw notImplemented(`the ipvlan mode ${ipvlan_mode} is not implemented by this engine: l2 is`);
}

const USUAL = { 'macvlan mode': 'bridge', 'ipvlan mode': 'l2', 'ipvlan flag': 'bridge' } as const;

function checkMode(
  driver: 'macvlan' | 'ipvlan',
  word: 'mode' | 'flag',
  text: string | undefined,
  known: string[],
) {
  if (!text || known.includes(text)) return;
  const usual = USUAL[`${driver} ${word}` as keyof typeof USUAL];
  throw invalidArgument(
    `requested ${driver} ${word} '${text}' is not valid, '${usual}' ${word} is the ${driver} driver default`,
  );
}

function isIpv4(text: string): boolean {
  try {
    return familyOf(text) === 4 && addressBytes(text).length === 4;
  } catch {
    return false;
  }
}

const unparsed = (name: string, text: string, why: string) =>
  invalidArgument(`failed to parse ${name} value: ${text} (${why})`);
