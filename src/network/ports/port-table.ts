/** Which ports of this host the containers of this instance have; each held by a socket, so that nobody else takes it. */
import { release } from 'node:os';
import { EngineError } from '../../core/errors.ts';
import { withUndo } from '../../core/undo.ts';
import { familyOf } from '../addressing/address.ts';
import type { KernelClient, PortMapping } from '../kernel/calls.ts';
import type { PortRequest } from '../network.ts';
import type { Traffic } from '../traffic/client.ts';
import { legsOf, mappingsOf, type PortTargets, routedMappings, settled } from './mapping.ts';

/** IANA's dynamic range, as Docker uses it. */
const FIRST_RANDOM = 49153;
const LAST_RANDOM = 65535;

export interface Allocation {
  /** As asked for, with the ports that were chosen. */
  requests: PortRequest[];
  mappings: PortMapping[];
}

export class PortTable {
  readonly #kernel: KernelClient;
  readonly #traffic: Traffic;
  readonly #relays: boolean;
  /** `tcp/80` → the host addresses it is held at ('0.0.0.0' and '::' are all of their family), with the socket. */
  readonly #held = new Map<string, Map<string, number>>();
  /** Sockets that the traffic worker owns by now. */
  readonly #relayed = new Set<number>();
  #random = FIRST_RANDOM + Math.floor(Math.random() * (LAST_RANDOM - FIRST_RANDOM));

  /** `relays`: what the kernel does not translate is passed on; else the ports are held only. */
  constructor(kernel: KernelClient, traffic: Traffic, relays: boolean) {
    this.#kernel = kernel;
    this.#traffic = traffic;
    this.#relays = relays;
  }

  /** All of them or none. Throws in Docker's words. */
  async allocate(requests: PortRequest[], targets: PortTargets): Promise<Allocation> {
    return withUndo(async (undo) => {
      const all: Allocation = { requests: [], mappings: [] };
      for (const request of requests) {
        const mappings = await this.#allocateOne(request, targets);
        undo.push(() => this.release(mappings));
        all.mappings.push(...mappings, ...routedMappings(request, targets));
        all.requests.push(settled(request, mappings));
      }
      return all;
    });
  }

  /** Takes what a record says again, after a restart. */
  async hold(mappings: PortMapping[]): Promise<void> {
    await this.#hold(mappings.filter(({ hostPort }) => hostPort !== 0));
  }

  async release(mappings: PortMapping[]): Promise<void> {
    const fds: number[] = [];
    for (const { protocol, hostPort, hostIp, family } of mappings) {
      const holders = this.#held.get(`${protocol}/${hostPort}`);
      const fd = holders?.get(boundTo(hostIp, family));
      holders?.delete(boundTo(hostIp, family));
      if (holders?.size === 0) this.#held.delete(`${protocol}/${hostPort}`);
      if (fd !== undefined && fd >= 0) fds.push(fd);
    }
    await this.#close(fds);
  }

  async #allocateOne(request: PortRequest, targets: PortTargets): Promise<PortMapping[]> {
    if (legsOf(request, targets).length === 0) return [];
    let failure: unknown;
    for (const hostPort of this.#candidates(request)) {
      try {
        return await this.#hold(mappingsOf(request, hostPort, targets));
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  *#candidates({ hostPort, hostPortEnd }: PortRequest): Generator<number> {
    if (hostPort !== 0) {
      for (let port = hostPort; port <= (hostPortEnd ?? hostPort); port++) yield port;
      return;
    }
    for (let tries = FIRST_RANDOM; tries <= LAST_RANDOM; tries++) {
      this.#random = this.#random >= LAST_RANDOM ? FIRST_RANDOM : this.#random + 1;
      yield this.#random;
    }
  }

  /** All of them or none; returns those that this host has addresses for. */
  async #hold(mappings: PortMapping[]): Promise<PortMapping[]> {
    for (const mapping of mappings) this.#refuseClash(mapping);
    for (const mapping of mappings) this.#note(mapping, -1);
    const results = await this.#kernel.reserve(mappings, this.#relays);
    const outcomes = mappings.map((mapping, index) => ({ mapping, result: results[index] ?? 'EIO' }));
    for (const { mapping, result } of outcomes) if (typeof result === 'number') this.#note(mapping, result);
    const failed = outcomes.filter(({ result }) => typeof result === 'string');
    await this.release(failed.map(({ mapping }) => mapping));
    const fatal = failed.find(({ mapping, result }) => !isMissingFamily(mapping, result));
    if (fatal) await this.release(mappings);
    if (fatal) throw refused(fatal.mapping, String(fatal.result));
    const held = outcomes.filter(({ result }) => typeof result === 'number').map(({ mapping }) => mapping);
    for (const mapping of held) this.#relay(mapping);
    return held;
  }

  /** What the kernel does not translate reaches the socket, and is passed on from there. SCTP is not. */
  #relay({ protocol, hostIp, family, hostPort, relayTo, containerPort }: PortMapping): void {
    const fd = this.#held.get(`${protocol}/${hostPort}`)?.get(boundTo(hostIp, family));
    if (fd === undefined || protocol === 'sctp' || !this.#relays) return;
    this.#relayed.add(fd);
    this.#traffic.relay({ fd, protocol, family, address: relayTo, port: containerPort });
  }

  async #close(fds: number[]): Promise<void> {
    const relayed = fds.filter((fd) => this.#relayed.delete(fd));
    const others = fds.filter((fd) => !relayed.includes(fd));
    if (relayed.length > 0) await this.#traffic.unrelay(relayed);
    if (others.length > 0) await this.#kernel.closeSockets(others);
  }

  #refuseClash({ protocol, hostIp, family, hostPort }: PortMapping): void {
    const address = boundTo(hostIp, family);
    const holders = this.#held.get(`${protocol}/${hostPort}`)?.keys() ?? [];
    if ([...holders].some((held) => clashes(held, address))) throw allocated(address, hostPort);
  }

  #note({ protocol, hostIp, family, hostPort }: PortMapping, fd: number): void {
    const key = `${protocol}/${hostPort}`;
    const holders = this.#held.get(key) ?? new Map<string, number>();
    this.#held.set(key, holders.set(boundTo(hostIp, family), fd));
  }
}

/** No IPv6 on this host: the port of all addresses is then that of all IPv4 addresses. */
const isMissingFamily = ({ family, hostIp }: PortMapping, result: number | string): boolean =>
  family === 6 && hostIp === '' && LACKS_IPV6.includes(String(result));

const LACKS_IPV6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

export const boundTo = (hostIp: string, family: 4 | 6): string => hostIp || (family === 4 ? '0.0.0.0' : '::');

const clashes = (a: string, b: string): boolean =>
  familyOf(a) === familyOf(b) &&
  (a === b || [a, b].some((address) => address === '0.0.0.0' || address === '::'));

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function allocated(address: string, port: number): EngineError {
  return new EngineError(
    'internal',
    `Bind for ${bracketed(address)}:${port} failed: port is already allocated`,
  );
}

const WORDS: Record<string, string> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
  EPROTONOSUPPORT: 'protocol not supported',
};

/** Of a kernel that lacks a protocol, the name: nobody could tell otherwise what to do about it. */
const lacking = (protocol: string, code: string): string =>
  code === 'EPROTONOSUPPORT' && protocol === 'sctp'
    ? `: the kernel of this host, Linux ${release()}, has no SCTP (CONFIG_IP_SCTP)`
    : '';

function refused({ protocol, hostIp, family, hostPort }: PortMapping, code: string): EngineError {
  const where = `${protocol}${family} ${bracketed(boundTo(hostIp, family))}:${hostPort}`;
  return new EngineError(
    'internal',
    `listen ${where}: bind: ${WORDS[code] ?? code}${lacking(protocol, code)}`,
  );
}
