/** A port that is asked for as what it takes: one mapping for each family, and what leads to it. Nothing is held here. */
import { familyOf } from '../addressing/address.ts';
import type { PortMapping } from '../kernel/calls.ts';
import type { PortRequest } from '../network.ts';

/** Where the host's ports of one family lead. */
export interface PortLeg {
  /** The container's address of that family; absent: connections are passed on to the other one. */
  address?: string;
  relayTo: string;
  /** The port is reached by that address as well. */
  direct?: boolean;
}

/** Where ports lead, for each family of the host; and the container's addresses that callers come to themselves. */
export interface PortTargets {
  4?: PortLeg;
  6?: PortLeg;
  routed: { family: 4 | 6; address: string }[];
}

const familiesOf = ({ hostIp }: PortRequest): readonly (4 | 6)[] =>
  hostIp === '' ? [4, 6] : [familyOf(hostIp)];

export function legsOf(request: PortRequest, targets: PortTargets): (PortLeg & { family: 4 | 6 })[] {
  return familiesOf(request).flatMap((family) => {
    const leg = targets[family];
    return leg ? [{ ...leg, family }] : [];
  });
}

/** A port of every address is one mapping for each family, on the same number. */
export function mappingsOf(request: PortRequest, hostPort: number, targets: PortTargets): PortMapping[] {
  const { protocol, containerPort, open } = request;
  const hostIp = ['0.0.0.0', '::'].includes(request.hostIp) ? '' : request.hostIp;
  return legsOf(request, targets).map((leg) => ({
    protocol,
    hostIp,
    hostPort,
    containerPort,
    ...leg,
    ...(open && { open }),
  }));
}

/** Nothing of this host's is held for them, and of which address the port was to be says nothing. */
export function routedMappings(request: PortRequest, { routed }: PortTargets): PortMapping[] {
  const { protocol, containerPort, open } = request;
  return routed
    .filter(({ family }) => familiesOf(request).includes(family))
    .map(({ family, address }) => ({
      protocol,
      hostIp: '',
      family,
      hostPort: 0,
      containerPort,
      address,
      relayTo: address,
      direct: true,
      ...(open && { open }),
    }));
}

/** The port that it got is the one that it wants from now on. */
export function settled({ hostPortEnd, ...request }: PortRequest, [mapping]: PortMapping[]): PortRequest {
  if (mapping) return { ...request, hostPort: mapping.hostPort };
  return { ...request, ...(hostPortEnd !== undefined && { hostPortEnd }) };
}
