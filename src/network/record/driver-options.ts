/** What a network's driver is told by its options, checked in dockerd's words. */
import { isIP } from 'node:net';
import { invalidArgument, notImplemented } from '../../core/errors.ts';
import type { Network } from '../network.ts';

type Options = Record<string, string>;

export const BRIDGE_NAME = 'com.docker.network.bridge.name';
/** The bridge gets no IPv4 address: the gateway is somebody else. */
export const INHIBIT_IPV4 = 'com.docker.network.bridge.inhibit_ipv4';
const FLAGS = [
  'com.docker.network.bridge.enable_icc',
  'com.docker.network.bridge.enable_ip_masquerade',
  INHIBIT_IPV4,
];
const BINDING = 'com.docker.network.bridge.host_binding_ipv4';
const TRUSTED = 'com.docker.network.bridge.trusted_host_interfaces';
const MTU = 'com.docker.network.driver.mtu';
const GATEWAY_MODE = {
  4: 'com.docker.network.bridge.gateway_mode_ipv4',
  6: 'com.docker.network.bridge.gateway_mode_ipv6',
} as const;
const SOURCE = { 4: 'com.docker.network.host_ipv4', 6: 'com.docker.network.host_ipv6' } as const;

/**
 * How a bridge's containers are reached from beyond it. `nat`: by published ports of the host; `nat-unprotected`: also by
 * their own addresses, at any port; `routed`: by their own addresses alone, at published ports; `isolated`: not at all,
 * and this host has no address among them.
 */
export const GATEWAY_MODES = ['nat', 'nat-unprotected', 'routed', 'isolated'] as const;
export type GatewayMode = (typeof GATEWAY_MODES)[number];

/** strconv.ParseBool of Go. */
const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/** linux/if_link.h, enum macvlan_mode. */
export const MACVLAN_MODES: Record<string, number> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };
/** linux/if_link.h, IPVLAN_F_PRIVATE and IPVLAN_F_VEPA. */
export const IPVLAN_FLAGS: Record<string, number> = { bridge: 0, private: 1, vepa: 2 };

/** Throws `invalid-argument`, or `not-implemented` for what this engine lacks. */
export function checkOptions({
  driver,
  options,
  internal,
}: Pick<Network, 'driver' | 'options' | 'internal'>): void {
  if (driver === 'bridge') checkBridge(options, internal);
  else if (driver === 'macvlan')
    checkMode('macvlan', 'mode', options.macvlan_mode, Object.keys(MACVLAN_MODES));
  else if (driver === 'ipvlan') checkIpvlan(options);
}

export function flagOption(options: Options, name: string, absent: boolean): boolean {
  const text = options[name];
  return text === undefined ? absent : TRUE.includes(text);
}

export function gatewayMode(options: Options, family: 4 | 6): GatewayMode {
  return GATEWAY_MODES.find((mode) => mode === options[GATEWAY_MODE[family]]) ?? 'nat';
}

/** The host's address that containers send in; undefined: that of the link they leave by. */
export const sourceAddress = (options: Options, family: 4 | 6): string | undefined =>
  options[SOURCE[family]] || undefined;

/** Links of the host from where published ports are reached by the containers' own addresses. */
export const trustedLinks = (options: Options): string[] =>
  (options[TRUSTED] ?? '').split(':').filter((name) => name !== '');

/** Undefined: the kernel's own. */
export function mtuOption(options: Options): number | undefined {
  const mtu = Number(options[MTU]);
  return mtu > 0 ? mtu : undefined;
}

function checkBridge(options: Options, internal: boolean): void {
  for (const name of FLAGS) {
    const text = options[name];
    if (text !== undefined && ![...TRUE, ...FALSE].includes(text))
      throw unparsed(name, text, `strconv.ParseBool: parsing "${text}": invalid syntax`);
  }
  const mtu = options[MTU];
  if (mtu !== undefined && !/^[+-]?\d+$/.test(mtu))
    throw unparsed(MTU, mtu, `strconv.Atoi: parsing "${mtu}": invalid syntax`);
  const binding = options[BINDING];
  if (binding && !isAddress(binding, 4)) throw unparsed(BINDING, binding, 'nil ip');
  for (const family of [4, 6] as const) checkFamily(options, family, internal);
}

function checkFamily(options: Options, family: 4 | 6, internal: boolean): void {
  const mode = options[GATEWAY_MODE[family]];
  if (mode !== undefined && !GATEWAY_MODES.some((known) => known === mode))
    throw unparsed(GATEWAY_MODE[family], mode, `unknown gateway mode ${mode}`);
  if (mode === 'isolated' && !internal)
    throw invalidArgument("gateway mode 'isolated' can only be used for an internal network");
  const source = options[SOURCE[family]];
  if (source !== undefined && !isAddress(source, family)) throw unparsed(SOURCE[family], source, 'nil ip');
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

const isAddress = (text: string, family: 4 | 6): boolean => isIP(text) === family;

const unparsed = (name: string, text: string, why: string) =>
  invalidArgument(`failed to parse ${name} value: ${text} (${why})`);
