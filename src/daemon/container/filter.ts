/** The filters of `docker ps`, one predicate each. Values of one filter are alternatives; filters must all hold. */
import { type Filters, filterFlag, matchesLabels } from '../../api/query.ts';
import type { Digest } from '../../core/digest.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import { type Container, noSuchContainer } from './container.ts';
import { endpointSettings, portSummaries } from './network-settings.ts';
import { parsePort } from './ports.ts';
import { isUp } from './state.ts';

type Predicate = (container: Container) => boolean;
type MakePredicate = (engine: Engine, values: string[], filters: Filters) => Predicate;

const STATUSES = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];
const HEALTHS = ['starting', 'healthy', 'unhealthy', 'none'];

const filtersByName: Record<string, MakePredicate> = {
  ancestor: (engine, values) => {
    const ids = new Set(values.flatMap((value) => idsOf(engine, value)));
    return ({ imageId }) => isOrComesFrom(engine, imageId, ids);
  },
  before: (engine, values) => {
    const limits = values.map((value) => named(engine, value));
    return (container) => limits.every((limit) => older(container, limit));
  },
  since: (engine, values) => {
    const limits = values.map((value) => named(engine, value));
    return (container) => limits.every((limit) => older(limit, container));
  },
  exited: (_, values) => {
    const codes = values.map(toInteger);
    return ({ state }) => state.status === 'exited' && codes.includes(state.exitCode);
  },
  // Both of what is open now: the container's ports, and the host's.
  expose: (engine, values) =>
    ports(values, (container) =>
      portSummaries(engine, container).map(({ PrivatePort, Type }) => `${PrivatePort}/${Type}`),
    ),
  publish: (engine, values) =>
    ports(values, (container) =>
      portSummaries(engine, container).flatMap(({ PublicPort, Type }) =>
        PublicPort ? `${PublicPort}/${Type}` : [],
      ),
    ),
  health: (_, values) => {
    const wanted = oneOf('health', values, HEALTHS);
    return ({ state }) => wanted.includes(state.health?.Status ?? 'none');
  },
  id:
    (_, values) =>
    ({ id }) =>
      values.some((value) => id.startsWith(value) || matches(value, id)),
  'is-task': (_, __, filters) => {
    const wanted = filterFlag(filters, 'is-task', false);
    return () => !wanted; // No orchestrator runs here, so none of them is a task.
  },
  isolation: (_, values) => {
    oneOf('isolation', values, ['default']);
    return () => true;
  },
  label:
    (_, values) =>
    ({ config }) =>
      matchesLabels(config.Labels ?? {}, values),
  name:
    (_, values) =>
    ({ name }) =>
      values.some((value) =>
        matches(
          value.replace(/^\^?\//, (slash) => slash.replace('/', '')),
          name,
        ),
      ),
  network: (engine, values) => (container) =>
    Object.entries(endpointSettings(engine, container)).some(
      ([name, { NetworkID }]) =>
        values.includes(name) || values.some((value) => NetworkID?.startsWith(value)),
    ),
  status: (_, values) => {
    const wanted = oneOf('status', values, STATUSES);
    return ({ state }) => wanted.includes(state.status);
  },
  volume:
    (_, values) =>
    ({ mounts }) =>
      mounts.some(({ Name, Source, Destination }) =>
        [Name, Source, Destination].some((text) => text && values.includes(text)),
      ),
};

export const CONTAINER_FILTERS = Object.keys(filtersByName);

/** Throws `invalid-argument` for values that are none, `not-found` for containers that are not there. */
export function containerFilter(engine: Engine, filters: Filters): Predicate {
  const predicates = [...filters].map(([name, values]) => filtersByName[name]?.(engine, values, filters));
  return (container) => predicates.every((predicate) => predicate?.(container) ?? true);
}

/** Filters that speak of containers that do not run show those too, without `all`. */
export function asksForStopped(filters: Filters): boolean {
  return filters.has('status');
}

/** Docker's prune filters: `until`, `label`, `label!`. */
export const hasStopped: Predicate = ({ state }) => !isUp(state) && state.status !== 'restarting';

const older = (a: Container, b: Container) => a.created < b.created;

/** By its name or its whole id: dockerd takes no shorter one here. */
function named(engine: Engine, reference: string): Container {
  const container = engine.containers.find(reference);
  const isWhole = container?.id === reference || container?.name === reference.replace(/^\//, '');
  if (!container || !isWhole) throw noSuchContainer(reference);
  return container;
}

/** Those of all platforms, if a name means several. */
function idsOf({ images }: Engine, reference: string): Digest[] {
  const image = images.find(reference);
  return image ? images.variants(image).map(({ id }) => id) : [];
}

/** The image is one of these, or was committed or built from one of them, however many images lie between. */
function isOrComesFrom({ images }: Engine, id: Digest, ids: ReadonlySet<Digest>): boolean {
  for (let at: Digest | undefined = id; at !== undefined; at = images.find(at)?.parent)
    if (ids.has(at)) return true;
  return false;
}

function ports(values: string[], declared: (container: Container) => string[]): Predicate {
  const key = (text: string) => {
    const { containerPort, protocol } = parsePort(text);
    return `${containerPort}/${protocol}`;
  };
  const wanted = new Set(values.flatMap(portRange).map(key));
  return (container) => declared(container).some((port) => wanted.has(key(port)));
}

/** `8000-8010/tcp` → each of them. */
function portRange(text: string): string[] {
  const [, first, last, protocol = ''] = /^(\d{1,5})-(\d{1,5})(\/\w+)?$/.exec(text) ?? [];
  if (first === undefined) return [text];
  const from = Number(first);
  const count = Math.min(Number(last), 65535) - from + 1;
  if (count < 1) throw invalidArgument(`invalid range specified for port: ${text}`);
  return Array.from({ length: count }, (_, index) => `${from + index}${protocol}`);
}

function oneOf(filter: string, values: string[], known: string[]): string[] {
  const wrong = values.find((value) => !known.includes(value));
  if (wrong !== undefined) throw invalidArgument(`invalid filter '${filter}=${wrong}'`);
  return values;
}

function toInteger(text: string): number {
  if (!/^-?\d+$/.test(text)) throw invalidArgument(`invalid filter 'exited=${text}'`);
  return Number(text);
}

/** Docker matches names and ids by regular expression, anywhere; what is no expression matches as text. */
function matches(pattern: string, text: string): boolean {
  if (pattern.length > 256) return false;
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return text.includes(pattern);
  }
}
