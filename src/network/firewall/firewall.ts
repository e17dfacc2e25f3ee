/** Keeps the instance's nftables table true to the networks and published ports that there are. */
import type { FirewallNetwork, FirewallState, KernelClient, PortMapping } from '../kernel/calls.ts';
import type { LiveNetwork, NetworkStore } from '../record/store.ts';
import type { SandboxStore } from '../sandbox/store.ts';

export class Firewall {
  readonly #kernel: KernelClient;
  readonly #networks: NetworkStore;
  readonly #sandboxes: SandboxStore;

  constructor(kernel: KernelClient, networks: NetworkStore, sandboxes: SandboxStore) {
    this.#kernel = kernel;
    this.#networks = networks;
    this.#sandboxes = sandboxes;
  }

  /** Writes the whole table anew: networks have changed, or somebody flushed it. Connections do not notice. */
  async replace(): Promise<void> {
    await this.#kernel.replaceTable(this.#state());
  }

  async publish(mappings: PortMapping[]): Promise<void> {
    if (mappings.length > 0) await this.#kernel.addMappings(mappings);
  }

  async unpublish(mappings: PortMapping[]): Promise<void> {
    if (mappings.length > 0) await this.#kernel.removeMappings(mappings);
  }

  async remove(): Promise<void> {
    await this.#kernel.removeTable();
  }

  #state(): FirewallState {
    return {
      networks: this.#networks.list().filter(isBridge).map(firewallNetwork),
      mappings: this.#sandboxes.list().flatMap(({ mappings }) => mappings),
      open: true,
    };
  }
}

const isBridge = ({ network }: LiveNetwork): boolean => network.driver === 'bridge';

function firewallNetwork({ network, device }: LiveNetwork): FirewallNetwork {
  return {
    bridge: device,
    subnets: network.ipam.pools.map(({ subnet }) => subnet),
    internal: network.internal,
    masquerade: network.options['com.docker.network.bridge.enable_ip_masquerade'] !== 'false',
  };
}
