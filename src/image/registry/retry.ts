/** Tries again what may work later: longer each time, never all clients at once, not when it makes no sense. */
import { setTimeout } from 'node:timers/promises';
import { RegistryError } from './errors.ts';

const ATTEMPTS = 5;
const FIRST_MS = 200;
/** However long a registry asks us to wait. */
const LONGEST_MS = 60_000;

/** `operation` is told which attempt it is, from 0. */
export async function retrying<T>(
  operation: (attempt: number) => Promise<T>,
  signal?: AbortSignal,
  isWorth: (error: unknown) => boolean = isPassing,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    let delay = FIRST_MS * 2 ** attempt * (0.5 + Math.random());
    try {
      return await operation(attempt);
    } catch (error) {
      if (attempt + 1 === ATTEMPTS || signal?.aborted || !isWorth(error)) throw error;
      if (error instanceof RegistryError) delay = Math.max(delay, Math.min(error.retryAfter, LONGEST_MS));
    }
    await setTimeout(delay, undefined, { signal });
  }
}

/** The server is busy or broken, or the line was cut; not: refused, not there, not trusted. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  if (error.status === 429 || error.status >= 500) return error.status !== 501;
  return error.status === 0 && CUT.test(error.code);
}

const CUT =
  /^(?:ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR_SOCKET|UND_ERR_BODY_TIMEOUT|UND_ERR_HEADERS_TIMEOUT|UND_ERR_CONNECT_TIMEOUT|EAI_AGAIN|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|ECONNABORTED)$/;
