/** Tells the world what happened to a container, with the attributes that Docker's events carry. */
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

export function publish(
  engine: Engine,
  container: Container,
  action: string,
  attributes: Record<string, string> = {},
): void {
  engine.events.publish('container', action, container.id, {
    ...container.config.Labels,
    ...attributes,
    image: container.image,
    name: container.name,
  });
}
