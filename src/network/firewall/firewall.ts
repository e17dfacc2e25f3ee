/**
 * Keeps the instance's nftables table true to the networks and published ports that there are, and to the host's own
 * firewall: what that denies stays closed to other machines, unless the port or the daemon is told to be open.
 */
import type { Logger } from 'pino';
import type {
  FirewallState,
  ForeignChain,
  HostPolicy,
  KernelClient,
  PortMapping,
  RuleCount,
} from '../kernel/calls.ts';
import type { NetworkStore } from '../record/store.ts';
import type { SandboxStore } from '../sandbox/store.ts';
import { linkedPorts } from './linked-ports.ts';
import { firewallNetwork, isBridge } from './network-state.ts';

export interface FirewallOptions {
  kernel: KernelClient;
  networks: NetworkStore;
  sandboxes: SandboxStore;
  /** Every published port is open, whatever the host's firewall says. */
  publishOpen: boolean;
  /** Containers reach beyond this host even if its forward chains let nothing through. */
  outgoing: boolean;
  logger: Logger;
}

export class Firewall {
  readonly #options: FirewallOptions;
  #policy: HostPolicy = { input: [], forward: [] };
  /** Of the state as last written. */
  #written: RuleCount = { own: 0, foreign: 0 };
  #opened = false;
  #links = '[]';
  #healing: Promise<void> = Promise.resolve();
  #started = false;
  #closed = false;

  constructor(options: FirewallOptions) {
    this.#options = options;
  }

  /** Writes the whole table, and from now on again whenever somebody takes it away. Connections do not notice. */
  async start(): Promise<void> {
    this.#options.kernel.on('ruleset', () => this.check());
    await this.replace();
    this.#started = true;
    this.#warn();
  }

  /** Puts right what others have changed, if the table was written before. */
  check(): void {
    if (this.#started) this.#healing = this.#healing.then(() => this.#heal());
  }

  /** After networks have changed. */
  async replace(): Promise<void> {
    this.#policy = await this.#options.kernel.hostPolicy();
    const state = this.#state();
    this.#opened = state.opened;
    this.#links = JSON.stringify(state.links);
    this.#written = await this.#options.kernel.replaceTable(state);
  }

  /** After containers have come, gone, or been joined to other networks: who is linked to whom, at which address. */
  async followLinks(): Promise<void> {
    if (!this.#isFiltered()) return;
    if (JSON.stringify(linkedPorts(this.#options)) !== this.#links) await this.replace();
  }

  #isFiltered(): boolean {
    return this.#options.networks.list().some(({ filtered }) => filtered);
  }

  async publish(mappings: PortMapping[]): Promise<void> {
    if (mappings.length === 0) return;
    if (this.#needsOtherRules()) await this.replace();
    else await this.#options.kernel.addMappings(this.#judged(mappings));
  }

  /** The records must not hold them any more. */
  async unpublish(mappings: PortMapping[]): Promise<void> {
    if (mappings.length === 0) return;
    // Several ports of the host may lead to one of the container, which then stays reachable.
    if (mappings.some(({ direct }) => direct)) return this.replace();
    const removed = await this.#options.kernel.removeMappings(this.#judged(mappings));
    if (!removed || this.#needsOtherRules()) await this.replace();
  }

  /** The chains of the host that decide who reaches the port from other machines; none: everybody does. */
  judges(mapping: PortMapping): ForeignChain[] {
    return this.#isToldToBeOpen(mapping) ? [] : this.#policy.input;
  }

  #isToldToBeOpen({ open }: PortMapping): boolean {
    return open === true || this.#options.publishOpen;
  }

  /**
   * Whether the kernel translates it for other machines. Where the host lets nothing in they come to the socket that holds
   * the port instead, if the host lets them; also where it lets nothing through, and nothing of ours is to stand there.
   */
  #isTranslated(mapping: PortMapping): boolean {
    if (this.#isToldToBeOpen(mapping)) return true;
    if (mapping.hostPort === 0) return this.#isUnhindered();
    const { input, forward } = this.#policy;
    return input.length === 0 && (this.#options.outgoing || forward.length === 0);
  }

  /** Whether other machines come straight to containers where a gateway mode lets them, past no chain that denies. */
  #isUnhindered(): boolean {
    const { input, forward } = this.#policy;
    return this.#options.publishOpen || (input.length === 0 && forward.length === 0);
  }

  /** Nothing is healed any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#healing;
  }

  async remove(): Promise<void> {
    await this.close();
    await this.#options.kernel.removeTable();
  }

  async #heal(): Promise<void> {
    if (this.#closed) return;
    try {
      const { rules, policy } = await this.#options.kernel.firewallStatus();
      const intact = rules.own === this.#written.own && rules.foreign === this.#written.foreign;
      const same = JSON.stringify(policy) === JSON.stringify(this.#policy);
      if ((intact && same) || this.#closed) return;
      await this.replace();
      this.#options.logger.info(
        { intact, policy },
        'the firewall was changed by others: our table is put right',
      );
    } catch (error) {
      if (!this.#closed)
        this.#options.logger.error({ err: error }, 'our nftables table could not be put right');
    }
  }

  #state(): FirewallState {
    const { networks, sandboxes } = this.#options;
    const mappings = sandboxes.list().flatMap((sandbox) => sandbox.mappings);
    const opened = this.#isOpened();
    return {
      networks: networks
        .list()
        .filter(isBridge)
        .map((live) => firewallNetwork(live, this.#isUnhindered())),
      mappings: this.#judged(mappings),
      passedChains: opened || this.#options.outgoing ? this.#policy.forward : [],
      opened,
      filtered: this.#isFiltered(),
      links: linkedPorts(this.#options),
    };
  }

  #judged(mappings: PortMapping[]): PortMapping[] {
    return mappings.map((mapping) => ({ ...mapping, open: this.#isTranslated(mapping) }));
  }

  #isOpened(): boolean {
    const { publishOpen, sandboxes } = this.#options;
    return publishOpen || sandboxes.list().some(({ mappings }) => mappings.some(({ open }) => open));
  }

  /** The first port that is told to be open has come, or the last one has gone, on a host whose chains let nothing through. */
  #needsOtherRules(): boolean {
    return this.#policy.forward.length > 0 && this.#isOpened() !== this.#opened;
  }

  #warn(): void {
    const { forward } = this.#policy;
    const { outgoing, publishOpen, logger } = this.#options;
    if (forward.length > 0 && !outgoing && !publishOpen)
      logger.warn(
        { chains: forward },
        'the host firewall lets nothing pass between networks: containers reach nothing beyond this host',
      );
  }
}
