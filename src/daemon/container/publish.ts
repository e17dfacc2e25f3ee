/** `update --publish-add` and `--publish-rm`: ports of a container that exists, while it runs or not. Ours alone. */
import type { HostConfig } from '../../api/container.ts';
import { notFound } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { parsePort, portRequests } from './ports.ts';
import { isUp } from './state.ts';

type Bindings = NonNullable<HostConfig['PortBindings']>;

export interface PortChange {
  add: Bindings;
  remove: Bindings;
}

/** Returns the bindings as they are to be stored. A port that is taken leaves everything as it was. */
export async function changePorts(
  engine: Engine,
  container: Container,
  change: PortChange,
): Promise<Bindings> {
  const { PortBindings } = container.hostConfig;
  const after = withoutBindings(PortBindings ?? {}, change.remove);
  for (const [port, bindings] of Object.entries(change.add)) {
    after[key(port)] = [...(after[key(port)] ?? []), ...(bindings ?? [])];
  }
  if (isUp(container.state)) {
    const { Labels } = container.config;
    const added = portRequests({ config: { Labels }, hostConfig: { PortBindings: change.add } });
    if (added.length > 0) await engine.networks.publish(container.id, added);
    const removed = Object.entries(change.remove).flatMap(references);
    if (removed.length > 0) await engine.networks.unpublish(container.id, removed);
  }
  return after;
}

function key(port: string): string {
  const { containerPort, protocol } = parsePort(port);
  return `${containerPort}/${protocol}`;
}

/** Without a host port, all bindings of the container's port go. Throws `not-found` for what is not published. */
function withoutBindings(before: Bindings, remove: Bindings): Bindings {
  const after = Object.fromEntries(Object.entries(before).map(([port, bindings]) => [key(port), bindings]));
  for (const [port, unwanted] of Object.entries(remove)) {
    const bindings = after[key(port)];
    if (!bindings) throw notFound(`port ${key(port)} is not published`);
    const left = bindings.filter((binding) => !(unwanted ?? []).some((other) => isSame(binding, other)));
    if (left.length > 0) after[key(port)] = left;
    else delete after[key(port)];
  }
  return after;
}

interface Binding {
  HostIp?: string | null;
  HostPort?: string | null;
}

function isSame(binding: Binding, wanted: Binding): boolean {
  return !wanted.HostPort || wanted.HostPort === binding.HostPort;
}

function references([port, bindings]: [string, Bindings[string]]) {
  const reference = parsePort(port);
  const named = (bindings ?? []).filter(({ HostPort }) => HostPort);
  if (named.length === 0) return [reference];
  return named.map(({ HostPort }) => ({ ...reference, hostPort: Number(HostPort) }));
}
