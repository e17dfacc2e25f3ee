/**
 * Connects a client to a container's stdio. One that is not running yet may be attached to: `docker run` attaches
 * first and starts second, so that it misses nothing. The runtime is handed those who wait when the start comes.
 */
import { conflict } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { AttachEnd, Attachment, AttachRequest } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';

/**
 * Resolves when the output has ended, the client detached, or it went away. Who asked for no stream waits for none,
 * started container or not: Docker answers such a request at once.
 */
export async function attachContainer(
  engine: Engine,
  container: Container,
  request: AttachRequest,
): Promise<AttachEnd> {
  refuseUnattachable(container);
  if (!request.stdin && !request.stdout && !request.stderr) {
    publish(engine, container, 'attach');
    return 'output-ended';
  }
  const task = engine.tasks.get(container.id);
  const attachment = await step('container.attach', { id: container.id }, () => {
    if (task) return task.attach(request);
    return engine.attachments.wait(container.id, request);
  });
  publish(engine, container, 'attach');
  const end = await attachment.done;
  if (end === 'detached') publish(engine, container, 'detach');
  return end;
}

export function refuseUnattachable({ id, state }: Container): void {
  if (state.status === 'paused') {
    throw conflict(`container ${id} is paused, unpause the container before attach`);
  }
  if (state.status === 'restarting') {
    throw conflict(`container ${id} is restarting, wait until the container is running`);
  }
}

/** A client that attached before the start. */
interface Waiting {
  request: AttachRequest;
  begin: (attachment: Attachment) => void;
  end: (reason: AttachEnd) => void;
}

/** Clients that attached to containers which do not run yet. */
export class PendingAttachments {
  readonly #waiting = new Map<string, Set<Waiting>>();

  /** An attachment whose `done` covers the wait for the start as well. */
  wait(id: string, request: AttachRequest): Attachment {
    let running: Attachment | undefined;
    const { promise: done, resolve: end } = Promise.withResolvers<AttachEnd>();
    const leave = () => {
      this.#forget(id, waiting);
      end('client-gone');
    };
    const begin = (attachment: Attachment) => {
      running = attachment;
      request.client.off('close', leave);
      void attachment.done.then(end);
    };
    const waiting: Waiting = { request, begin, end };
    request.client.once('close', leave);
    this.#waiting.set(id, (this.#waiting.get(id) ?? new Set()).add(waiting));
    return { done, close: () => (running ? running.close() : request.client.destroy()) };
  }

  /** Whoever waits for `id`; they wait no more. The caller calls `begin` or `end` on each. */
  take(id: string): Waiting[] {
    const waiting = [...(this.#waiting.get(id) ?? [])];
    this.#waiting.delete(id);
    return waiting;
  }

  /** The container will not start: its clients see the end of the stream. */
  dismiss(id: string): void {
    for (const { request, end } of this.take(id)) {
      request.client.end();
      end('output-ended');
    }
  }

  #forget(id: string, waiting: Waiting): void {
    const all = this.#waiting.get(id);
    all?.delete(waiting);
    if (all?.size === 0) this.#waiting.delete(id);
  }
}
