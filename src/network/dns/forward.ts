/**
 * Passes questions on to other resolvers, from the host's network, bytes for bytes but for the id: over UDP, one
 * server after the other; over TCP if the asker came by TCP, if the answer is cut, and if no server answers UDP.
 */
import { askTcp } from './ask-tcp.ts';
import { askUdp } from './ask-udp.ts';
import { cut, isCut, isFailure } from './message.ts';

/** Milliseconds for each server; libc gives up after 5000. */
const PATIENCE = 1500;
/** Milliseconds for which a server that did not answer is asked last. */
const GRUDGE = 30_000;
/** Questions under way, of all containers, with a socket each; more are refused at once, so that a flood costs little. */
const MOST_PENDING = 2048;
const PORT = 53;

export interface AskOptions {
  /** The asker came by TCP. */
  overTcp: boolean;
  /** Bytes that the asker takes in a datagram. */
  size: number;
}

export class Forwarder {
  /** Server → when it last failed to answer. */
  readonly #silent = new Map<string, number>();
  readonly #port: number;
  #pending = 0;

  constructor(port = PORT) {
    this.#port = port;
  }

  /** The first good answer, with the asker's id; the last bad one if there is no good one; `undefined`: nobody answered. */
  async ask(query: Buffer, servers: string[], options: AskOptions): Promise<Buffer | undefined> {
    if (this.#pending >= MOST_PENDING) return undefined;
    this.#pending++;
    try {
      return await this.#asked(query, servers, options);
    } finally {
      this.#pending--;
    }
  }

  async #asked(query: Buffer, servers: string[], options: AskOptions): Promise<Buffer | undefined> {
    let bad: Buffer | undefined;
    for (const way of options.overTcp ? [askTcp] : [askUdp, askTcp]) {
      for (const address of this.#lively(servers)) {
        const server = { address, port: this.#port };
        const answer = await way(query, server, PATIENCE);
        if (answer) this.#silent.delete(address);
        else this.#silent.set(address, performance.now());
        if (!answer) continue;
        if (!isFailure(answer)) return fitting(query, server, answer, options);
        bad = answer;
      }
      if (bad) return bad;
    }
    return undefined;
  }

  /** Those that did not answer lately come last. */
  #lively(servers: string[]): string[] {
    const isSilent = (server: string) =>
      performance.now() - (this.#silent.get(server) ?? Number.NEGATIVE_INFINITY) < GRUDGE;
    return servers.toSorted((a, b) => Number(isSilent(a)) - Number(isSilent(b)));
  }
}

/** A cut answer is fetched whole if the asker can take it; one that the asker cannot take is cut. */
async function fitting(
  query: Buffer,
  server: { address: string; port: number },
  answer: Buffer,
  { overTcp, size }: AskOptions,
): Promise<Buffer> {
  if (overTcp) return answer;
  const whole = isCut(answer) ? await askTcp(query, server, PATIENCE) : answer;
  if (whole && whole.length <= size) return whole;
  return answer.length <= size ? answer : cut(answer);
}
