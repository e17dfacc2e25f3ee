/** The sandboxes of containers: `<exec-root>/network/<container>.json` each (a reboot forgets them, as it does the namespaces). */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../../core/json-file.ts';
import type { LinkSpec, PortMapping, ResolverPorts } from '../kernel/calls.ts';
import type { Endpoint, EndpointRequest, PortRequest, Sandbox, SandboxRequest } from '../network.ts';

/** An endpoint with its link and the wish that made it. */
export interface LiveEndpoint extends Endpoint {
  link: LinkSpec;
  request: EndpointRequest;
}

export interface SandboxRecord extends Sandbox {
  name: string;
  hostname: string;
  dns: string[];
  resolver: ResolverPorts;
  endpoints: LiveEndpoint[];
  exposed?: SandboxRequest['exposed'];
  /** What was asked for; published once there is an endpoint that can be reached. */
  portRequests: PortRequest[];
  mappings: PortMapping[];
  /** While an endpoint comes or goes (its device) or ports move: what a daemon that dies meanwhile leaves to be settled. */
  changing?: { device?: string };
}

export class SandboxStore {
  readonly #directory: string;
  readonly #records = new Map<string, SandboxRecord>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  get(containerId: string): SandboxRecord | undefined {
    return this.#records.get(containerId);
  }

  list(): SandboxRecord[] {
    return [...this.#records.values()];
  }

  put(record: SandboxRecord): void {
    writeJson(this.#path(record.containerId), record);
    this.#records.set(record.containerId, record);
  }

  delete(containerId: string): void {
    this.#records.delete(containerId);
    rmSync(this.#path(containerId), { force: true });
  }

  areOnDisk(): boolean {
    return readdirSync(this.#directory).length > 0;
  }

  /** What an earlier daemon wrote; not yet part of `list`. What it was writing when it died goes. */
  onDisk(): SandboxRecord[] {
    const names = readdirSync(this.#directory);
    const isRecord = (name: string) => name.endsWith('.json');
    for (const name of names) if (!isRecord(name)) rmSync(join(this.#directory, name));
    return names
      .filter(isRecord)
      .flatMap((name) => readJson<SandboxRecord>(join(this.#directory, name)) ?? []);
  }

  #path(containerId: string): string {
    return join(this.#directory, `${containerId}.json`);
  }
}
