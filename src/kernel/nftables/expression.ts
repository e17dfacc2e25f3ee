/**
 * The expressions of nftables rules: what nft(8) compiles a rule to, and the kernel runs. A rule is a list of them;
 * each reads or writes registers, and a comparison that fails ends the rule. Names and numbers: linux/netfilter/nf_tables.h.
 */
import { attribute, be32, nested, text } from '../netlink/message.ts';

export type Expression = Buffer;

/** 16-byte registers 1–4; the same memory as 4-byte registers from 8 on (r32(4) is the start of register 2). */
export const R = { verdict: 0, one: 1, two: 2 } as const;
export const r32 = (index: number): number => 8 + index;

const EXPR = { NAME: 1, DATA: 2 } as const;
const META = { PROTOCOL: 1, L4PROTO: 16, NFPROTO: 15, IIFNAME: 6, OIFNAME: 7 } as const;
const CT = { STATE: 0, STATUS: 2 } as const;

/** ct state and status bits, as the registers hold them: in the machine's byte order. */
export const CT_STATE = { established: 2, related: 4 } as const;
export const CT_STATUS_DNAT = 0x20;

const RTN_LOCAL = 2;

function expression(name: string, ...parts: Uint8Array[]): Expression {
  return nested(1, attribute(EXPR.NAME, text(name)), nested(EXPR.DATA, ...parts));
}

const value = (bytes: Uint8Array) => attribute(1, bytes);

function meta(key: number, register: number): Expression {
  return expression('meta', attribute(1, be32(register)), attribute(2, be32(key)));
}

function compare(register: number, bytes: Uint8Array, equal = true): Expression {
  return expression(
    'cmp',
    attribute(1, be32(register)),
    attribute(2, be32(equal ? 0 : 1)),
    nested(3, value(bytes)),
  );
}

/** Interface names are compared over all 16 bytes (IFNAMSIZ). */
export function interfaceName(name: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.write(name, 'latin1');
  return bytes;
}

export const inInterface = (name: string, equal = true): Expression[] => [
  meta(META.IIFNAME, R.one),
  compare(R.one, interfaceName(name), equal),
];
export const outInterface = (name: string, equal = true): Expression[] => [
  meta(META.OIFNAME, R.one),
  compare(R.one, interfaceName(name), equal),
];

/** All links whose names begin so. */
export const inInterfaceLike = (prefix: string): Expression[] => [
  meta(META.IIFNAME, R.one),
  compare(R.one, Buffer.from(prefix, 'latin1')),
];
export const outInterfaceLike = (prefix: string): Expression[] => [
  meta(META.OIFNAME, R.one),
  compare(R.one, Buffer.from(prefix, 'latin1')),
];

export const inInterfaceOf = (set: string, member = true): Expression[] => [
  meta(META.IIFNAME, R.one),
  lookup(set, R.one, member),
];
export const outInterfaceOf = (set: string, member = true): Expression[] => [
  meta(META.OIFNAME, R.one),
  lookup(set, R.one, member),
];

/** A register's value, of as many bytes as the set's keys have, is in a set. */
export const isMemberOf = (set: string, register: number): Expression => lookup(set, register, true);

function lookup(set: string, register: number, member: boolean): Expression {
  return expression(
    'lookup',
    attribute(1, text(set)),
    attribute(2, be32(register)),
    ...(member ? [] : [attribute(5, be32(1))]),
  );
}

/** Finds a register's value in a map; a miss ends the rule. */
export function translate(map: string, from: number, to: number): Expression {
  return expression('lookup', attribute(1, text(map)), attribute(2, be32(from)), attribute(3, be32(to)));
}

export const isIpv4 = (): Expression[] => [meta(META.NFPROTO, R.one), compare(R.one, Buffer.from([2]))];
export const isIpv6 = (): Expression[] => [meta(META.NFPROTO, R.one), compare(R.one, Buffer.from([10]))];
/** What an Ethernet frame holds: in family bridge, where `isIpv4` says nothing. */
export const etherTypeIs = (type: number): Expression[] => [
  meta(META.PROTOCOL, R.one),
  compare(R.one, port16(type)),
];
export const protocolIs = (number: number): Expression[] => [
  meta(META.L4PROTO, R.one),
  compare(R.one, Buffer.from([number])),
];
export const loadProtocol = (register: number): Expression => meta(META.L4PROTO, register);

/** The bases of nft payload expressions: 1 network header, 2 transport header. */
function payload(register: number, base: 1 | 2, offset: number, length: number): Expression {
  return expression(
    'payload',
    attribute(1, be32(register)),
    attribute(2, be32(base)),
    attribute(3, be32(offset)),
    attribute(4, be32(length)),
  );
}

export const loadDestinationPort = (register: number): Expression => payload(register, 2, 2, 2);
/** Offsets of RFC 791 and RFC 8200 headers. */
export const loadDestination = (register: number, family: 4 | 6): Expression =>
  family === 4 ? payload(register, 1, 16, 4) : payload(register, 1, 24, 16);
export const loadSource = (register: number, family: 4 | 6): Expression =>
  family === 4 ? payload(register, 1, 12, 4) : payload(register, 1, 8, 16);

export const loadSourcePort = (register: number): Expression => payload(register, 2, 0, 2);

export const destinationPort = (port: number): Expression[] => [
  loadDestinationPort(R.one),
  compare(R.one, port16(port)),
];
export const sourcePort = (port: number): Expression[] => [
  loadSourcePort(R.one),
  compare(R.one, port16(port)),
];

export function port16(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff]);
}

const familyOf = (address: Uint8Array): 4 | 6 => (address.length === 4 ? 4 : 6);

/** Matches a network; `address` is the network's first. */
export function sourceIn(address: Uint8Array, prefix: number, equal = true): Expression[] {
  return [loadSource(R.one, familyOf(address)), ...masked(address, prefix, equal)];
}

export function destinationIn(address: Uint8Array, prefix: number, equal = true): Expression[] {
  return [loadDestination(R.one, familyOf(address)), ...masked(address, prefix, equal)];
}

function masked(address: Uint8Array, prefix: number, equal: boolean): Expression[] {
  const whole = compare(R.one, address, equal);
  return prefix === address.length * 8 ? [whole] : [maskWith(maskOf(prefix, address.length)), whole];
}

function maskOf(prefix: number, length: number): Buffer {
  return Buffer.from(
    Array.from({ length }, (_, index) => (0xff00 >> Math.min(8, Math.max(0, prefix - index * 8))) & 0xff),
  );
}

function maskWith(mask: Uint8Array): Expression {
  return expression(
    'bitwise',
    attribute(1, be32(R.one)),
    attribute(2, be32(R.one)),
    attribute(3, be32(mask.length)),
    nested(4, value(mask)),
    nested(5, value(Buffer.alloc(mask.length))),
  );
}

function connection(key: number, bits: number): Expression[] {
  const mask = Buffer.alloc(4);
  mask.writeUInt32LE(bits);
  return [
    expression('ct', attribute(1, be32(R.one)), attribute(2, be32(key))),
    maskWith(mask),
    compare(R.one, Buffer.alloc(4), false),
  ];
}

export const stateIs = (bits: number): Expression[] => connection(CT.STATE, bits);
/** The connection's destination was translated: it came by a published port. */
export const wasPublished = (): Expression[] => connection(CT.STATUS, CT_STATUS_DNAT);

/** The destination is an address of this host: fib(daddr type local) of nft(8). */
export const toThisHost = (): Expression[] => [
  expression('fib', attribute(1, be32(R.one)), attribute(2, be32(3)), attribute(3, be32(2))),
  compare(R.one, Buffer.from([RTN_LOCAL, 0, 0, 0])),
];

/** Rewrites destination address and port from registers. */
export function destinationNat(family: 4 | 6, address: number, port: number): Expression {
  return expression(
    'nat',
    attribute(1, be32(1)),
    attribute(2, be32(family === 4 ? 2 : 10)),
    attribute(3, be32(address)),
    attribute(5, be32(port)),
  );
}

export const masquerade = (): Expression => expression('masq');

/** From now on the connection comes from this address. */
export const sourceNat = (address: Uint8Array): Expression[] => [
  expression('immediate', attribute(1, be32(R.one)), nested(2, value(address))),
  expression(
    'nat',
    attribute(1, be32(0)),
    attribute(2, be32(familyOf(address) === 4 ? 2 : 10)),
    attribute(3, be32(R.one)),
  ),
];

/**
 * Overwrites a port in the packet, without connection tracking. The checksum of the transport header is put right
 * by the kernel (nft_payload.c), whose own unfinished ones on loopback included.
 */
export function rewritePort(
  which: 'source' | 'destination',
  protocol: 'tcp' | 'udp',
  port: number,
): Expression[] {
  return [
    expression('immediate', attribute(1, be32(R.one)), nested(2, value(port16(port)))),
    expression(
      'payload',
      attribute(5, be32(R.one)),
      attribute(2, be32(2)),
      attribute(3, be32(which === 'source' ? 0 : 2)),
      attribute(4, be32(2)),
      attribute(6, be32(1)),
      attribute(7, be32(protocol === 'tcp' ? 16 : 6)),
    ),
  ];
}

function verdict(code: number, chain?: string): Expression {
  const parts = [attribute(1, be32(code)), ...(chain ? [attribute(2, text(chain))] : [])];
  return expression('immediate', attribute(1, be32(R.verdict)), nested(2, nested(2, ...parts)));
}

export const drop = (): Expression => verdict(0);
export const accept = (): Expression => verdict(1);
export const jump = (chain: string): Expression => verdict(-3, chain);
export const leave = (): Expression => verdict(-5);
