/** Networks that pass the filters of the list. */
import { type Filters, filterFlag, matchesLabels, parseFilters } from '../../api/query.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { Network } from '../../network/network.ts';
import type { Engine } from '../engine.ts';

const FILTERS = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type'];
const PREDEFINED = ['bridge', 'host', 'none'];

export const isPredefined = ({ name }: Pick<Network, 'name'>): boolean => PREDEFINED.includes(name);

export function listNetworks(engine: Engine, filterText: string | undefined): Network[] {
  const filters = parseFilters(filterText, FILTERS);
  return engine.networks
    .list()
    .filter(danglingFilter(engine, filters))
    .filter(typeFilter(filters))
    .filter(ownFilter(filters));
}

/** Dangling: one of a person's own that no container is in. */
function danglingFilter({ networks }: Engine, filters: Filters): (network: Network) => boolean {
  if (!filters.has('dangling')) return () => true;
  const wanted = filterFlag(filters, 'dangling', true);
  return (network) => (!isPredefined(network) && networks.endpointsOf(network.id).length === 0) === wanted;
}

function typeFilter(filters: Filters): (network: Network) => boolean {
  const types = filters.get('type');
  const wrong = types?.find((type) => type !== 'custom' && type !== 'builtin');
  if (wrong !== undefined) throw invalidArgument(`invalid filter: 'type'='${wrong}'`);
  return (network) => !types || types.includes(isPredefined(network) ? 'builtin' : 'custom');
}

/** Names and ids match by any part of them; the labels must all be there. */
function ownFilter(filters: Filters): (network: Network) => boolean {
  const accepts = (name: string, test: (value: string) => boolean) => filters.get(name)?.some(test) ?? true;
  return ({ id, name, driver, labels }) =>
    accepts('name', (part) => name.includes(part)) &&
    accepts('id', (part) => id.includes(part)) &&
    accepts('driver', (wanted) => driver === wanted) &&
    accepts('scope', (scope) => scope === 'local') &&
    matchesLabels(labels, filters.get('label') ?? []);
}
