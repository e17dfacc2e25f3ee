/** Which events a client asked for; the rules of dockerd's events filter. */
import { type Filters, matchesLabels } from '../../../api/query.ts';
import type { EngineEvent } from '../../../core/events.ts';

/** Actions that go on behind a colon (`exec_create: /bin/sh`) are also found by their first word. */
const WITH_DETAIL = /^(exec_create|exec_start|health_status):/;

/** Within a filter any value may match; every filter that is given must. */
export function eventFilter(filters: Filters): (event: EngineEvent) => boolean {
  const checks = [...filters].map(([name, values]) => CHECKS[name]?.(values) ?? (() => true));
  return (event) => checks.every((check) => check(event));
}

type Check = (event: EngineEvent) => boolean;

const CHECKS: Record<string, (values: string[]) => Check> = {
  event: (values) => (event) => values.some((value) => isAction(event, value)),
  type:
    (values) =>
    ({ type }) =>
      values.includes(type),
  scope: (values) => () => values.includes('local'),
  label: (values) => (event) => matchesLabels(event.actor.attributes, values),
  image: (values) => (event) => imageNames(event).some((name) => values.includes(name)),
  container: (values) => objectCheck('container', values),
  network: (values) => objectCheck('network', values),
  volume: (values) => objectCheck('volume', values),
  plugin: (values) => objectCheck('plugin', values),
  daemon: (values) => objectCheck('daemon', values),
};

function isAction({ action }: EngineEvent, wanted: string): boolean {
  return action === wanted || WITH_DETAIL.exec(action)?.[1] === wanted;
}

/** By id, name, or the beginning of one. */
function objectCheck(type: string, values: string[]): Check {
  return (event) => {
    const name = event.actor.attributes.name ?? '';
    return (
      event.type === type &&
      values.some((value) => event.actor.id.startsWith(value) || name.startsWith(value))
    );
  };
}

/** A container's events are found by its image, an image's by its id and name; with a tag or without. */
function imageNames({ type, actor }: EngineEvent): string[] {
  const named = (type === 'image' ? actor.attributes.name : actor.attributes.image) ?? '';
  return [actor.id, named, withoutTag(actor.id), withoutTag(named)].filter((name) => name !== '');
}

function withoutTag(name: string): string {
  return name.replace(/@.*$/, '').replace(/:[^/]*$/, '');
}
