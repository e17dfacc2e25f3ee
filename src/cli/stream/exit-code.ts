// The exit code of a container, awaited from before it starts, so that not even a short life is missed.

import type { ContainerWaitResponse } from '../../api/container.ts';
import { type Engine, readText } from '../connection/engine.ts';

export interface Exit {
  /** The engine has the wait on its books once this resolves; the inner promise is the exit code. */
  readonly code: Promise<number>;
}

export async function awaitExit(engine: Engine, id: string, condition: string): Promise<Exit> {
  const reply = await engine.send('POST', `/containers/${id}/wait`, { query: { condition } });
  const code = readText(reply.body).then((text) => {
    const answer = JSON.parse(text) as ContainerWaitResponse;
    if (answer.Error?.Message) throw new Error(answer.Error.Message);
    return answer.StatusCode;
  });
  // It is looked at later, or never when the start fails.
  code.catch(() => {});
  return { code };
}
