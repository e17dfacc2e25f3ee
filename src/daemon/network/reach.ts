/** `skiff ports`: who can reach what is published, as the API shows it. */
import type { PortReach } from '../../api/network.ts';
import type { Engine } from '../engine.ts';

export function portReach({ networks }: Engine): PortReach[] {
  return networks.reach().map((port) => ({
    ContainerID: port.containerId,
    ContainerName: port.name,
    PrivatePort: port.containerPort,
    Type: port.protocol,
    IP: port.hostIp,
    PublicPort: port.hostPort,
    Reach: port.reach,
    Chains: port.chains,
  }));
}
