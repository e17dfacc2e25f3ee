/** `GET /exec/{id}/json`. */
import type { ExecInspectResponse } from '../../api/exec.ts';
import { parseDetachKeys } from '../../runtime/attach/detach-keys.ts';
import { asList } from '../container/spec/process.ts';
import type { Exec } from './exec.ts';

/** Go's JSON of bytes. */
const detachKeys = (text: string) =>
  text === '' ? '' : Buffer.from(parseDetachKeys(text)).toString('base64');

export function inspectExec(exec: Exec): ExecInspectResponse {
  const { request, process, status } = exec;
  const [entrypoint = '', ...rest] = asList(request.Cmd);
  return {
    ID: exec.id,
    Running: status === 'running',
    ExitCode: exec.exitCode ?? null,
    ProcessConfig: {
      tty: request.Tty === true,
      entrypoint,
      arguments: rest,
      privileged: request.Privileged === true,
      ...(request.User ? { user: request.User } : {}),
    },
    OpenStdin: request.AttachStdin === true,
    OpenStderr: request.AttachStderr === true,
    OpenStdout: request.AttachStdout === true,
    CanRemove: false,
    ContainerID: exec.containerId,
    DetachKeys: detachKeys(request.DetachKeys ?? ''),
    Pid: process?.pid ?? 0,
  };
}
