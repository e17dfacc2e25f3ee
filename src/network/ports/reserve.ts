/** Holds a host's port with a socket, so that no other process can take what is published, and learns who has it already. */
import { errnoOf, messageOf } from '../../core/errors.ts';
import { openSocket } from '../../kernel/inet-socket.ts';
import { addressBytes } from '../addressing/address.ts';
import type { ReserveRequest } from '../kernel/calls.ts';

/** For each the descriptor, open in this process, or why not: `EADDRINUSE`, `EADDRNOTAVAIL`, `EAFNOSUPPORT` … */
export function reserve(requests: ReserveRequest[], listens: boolean): (number | string)[] {
  return requests.map((request) => {
    try {
      return open(request, listens);
    } catch (error) {
      return errnoOf(error) ?? messageOf(error);
    }
  });
}

function open({ protocol, hostIp, family, hostPort }: ReserveRequest, listens: boolean): number {
  const address = addressBytes(hostIp || (family === 4 ? '0.0.0.0' : '::'));
  return openSocket({ protocol, address, port: hostPort }, listens);
}
