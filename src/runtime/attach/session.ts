/**
 * One client at the stdio of one process, whether the container's own or an exec: output through a feed, input to a
 * sink, detach keys, half-close. Ends as Docker's attach does.
 */
import type { AttachEnd, Attachment, AttachRequest, OutputStream } from '../task.ts';
import { DEFAULT_DETACH_KEYS, DetachScanner } from './detach-keys.ts';
import { Feed, type FeedLimits } from './feed.ts';

/** Where input goes. */
export interface StdinSink {
  /** Resolves when the next chunk may come; rejects when nobody reads any more. */
  write(chunk: Uint8Array): Promise<void>;
  end(): void;
}

export interface SessionOptions {
  request: AttachRequest;
  terminal: boolean;
  limits: FeedLimits;
  /** Absent: the process has no stdin. */
  stdin?: StdinSink;
  /** The client's end of stdin is the process's too; otherwise it ends the session, as with Docker. */
  endsStdin: boolean;
  onEnd?: (session: Session) => void;
}

export class Session implements Attachment {
  readonly done: Promise<AttachEnd>;
  readonly #options: SessionOptions;
  readonly #feed: Feed;
  readonly #scanner: DetachScanner | undefined;
  readonly #settle: (end: AttachEnd) => void;
  readonly #onGone = () => this.#end('client-gone');
  #over = false;
  #input: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    const { request, terminal } = options;
    const { promise, resolve } = Promise.withResolvers<AttachEnd>();
    this.done = promise;
    this.#settle = resolve;
    this.#options = options;
    this.#feed = new Feed(request.client, options.limits);
    if (terminal) this.#scanner = new DetachScanner(request.detachKeys ?? DEFAULT_DETACH_KEYS);
    this.#listen();
  }

  /** A chunk of output; the view may be used again when this returns. */
  output(stream: OutputStream, chunk: Uint8Array): void {
    const { request } = this.#options;
    if (this.#over || !request[stream]) return;
    this.#feed.push(chunk, request.head && { head: request.head, stream });
  }

  get feed(): Feed {
    return this.#feed;
  }

  /** There will be no more output. */
  async finish(): Promise<void> {
    if (this.#over) return;
    await this.#feed.drain();
    this.#end('output-ended');
  }

  close(): void {
    void this.#detach();
  }

  #listen(): void {
    const { client } = this.#options.request;
    client.on('error', this.#onGone);
    client.on('close', this.#onGone);
    client.on('data', this.#onData);
    client.on('end', this.#onInputEnd);
    if (client.destroyed) this.#end('client-gone');
    // Who closed its half before the start, with nothing sent, has had its 'end' already.
    else if (client.readableEnded) this.#onInputEnd();
    else client.resume();
  }

  readonly #onData = (chunk: Uint8Array | string) => {
    const { request, stdin } = this.#options;
    if (!request.stdin || stdin === undefined) return;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const { forward, detached } = this.#scanner?.scan(bytes) ?? { forward: bytes, detached: false };
    if (forward.length > 0) this.#send(stdin, forward);
    if (detached) void this.#detach();
  };

  #send(stdin: StdinSink, bytes: Uint8Array): void {
    const { client } = this.#options.request;
    client.pause();
    this.#input = this.#input
      .then(() => stdin.write(bytes))
      .catch(() => {}) // A process that closed its stdin still has output to give.
      .finally(() => !this.#over && client.resume());
  }

  readonly #onInputEnd = () => {
    const { request, stdin, endsStdin } = this.#options;
    if (!request.stdin || stdin === undefined) return;
    void this.#input.then(() => (endsStdin ? stdin.end() : this.#detach()));
  };

  async #detach(): Promise<void> {
    if (this.#over) return;
    await this.#feed.drain();
    this.#end('detached');
  }

  #end(end: AttachEnd): void {
    if (this.#over) return;
    this.#over = true;
    const { client } = this.#options.request;
    client.off('data', this.#onData);
    client.off('end', this.#onInputEnd);
    client.off('close', this.#onGone);
    this.#feed.close();
    this.#endStdinOfGone(end);
    this.#settle(end);
    this.#options.onEnd?.(this);
  }

  /** A client that vanished has ended its stdin as well. */
  #endStdinOfGone(end: AttachEnd): void {
    const { request, stdin, endsStdin } = this.#options;
    if (end !== 'client-gone' || !request.stdin || !endsStdin || stdin === undefined) return;
    void this.#input.then(() => stdin.end());
  }
}
