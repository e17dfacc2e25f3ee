// The execs of a container, and how one of them is named.

import type { ContainerInspectResponse } from '../../../api/container.ts';
import type { ExecInspectResponse } from '../../../api/exec.ts';
import { isNotFound } from '../../connection/api-error.ts';
import type { Engine } from '../../connection/engine.ts';
import { inPath } from '../../connection/path.ts';

export async function execsOf(engine: Engine, container: string): Promise<ExecInspectResponse[]> {
  const { ExecIDs } = await engine.json<ContainerInspectResponse>(
    'GET',
    `/containers/${inPath(container)}/json`,
  );
  const found = await Promise.all(
    (ExecIDs ?? []).map((id) =>
      engine.json<ExecInspectResponse>('GET', `/exec/${id}/json`).catch((error: unknown) => {
        // One that ended meanwhile may be forgotten already.
        if (isNotFound(error)) return undefined;
        throw error;
      }),
    ),
  );
  return found.filter((exec) => exec !== undefined);
}

/** By its id or the beginning of it. */
export function execNamed(execs: readonly ExecInspectResponse[], name: string): ExecInspectResponse {
  const found = execs.filter(({ ID }) => name !== '' && ID.startsWith(name));
  const [exec] = found;
  if (!exec) throw new Error(`No such exec instance: ${name}`);
  if (found.length > 1) throw new Error(`Multiple exec instances found with provided prefix: ${name}`);
  return exec;
}
