/** An exec: a further process in a running container. It has an id from its creation, a life from its start. */
import type { ExecCreateRequest } from '../../api/exec.ts';
import { notFound } from '../../core/errors.ts';
import type { ExecProcess } from '../../runtime/task.ts';
import { asList } from '../container/spec/process.ts';

export interface Exec {
  id: string;
  containerId: string;
  request: ExecCreateRequest;
  /** `created` → `running` → `exited`; one that failed to start is `exited` with the code of the failure. */
  status: 'created' | 'running' | 'exited';
  process?: ExecProcess;
  /** Settled by the start. */
  started: PromiseWithResolvers<ExecProcess>;
  exitCode?: number;
}

export const noSuchExec = (id: string) => notFound(`No such exec instance: ${id}`);

/** As events show it: the program, a space, and its arguments, if there are any. */
export function commandText({ request }: Exec): string {
  const [program = '', ...rest] = asList(request.Cmd);
  return `${program} ${rest.join(' ')}`;
}
