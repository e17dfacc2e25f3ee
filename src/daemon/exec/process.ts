/** The OCI process of an exec: the container's own environment, user and rights, unless the request says otherwise. */
import type { ExecCreateRequest } from '../../api/exec.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { OciProcess } from '../../runtime/oci.ts';
import type { Container } from '../container/container.ts';
import { linkedEnvironment } from '../container/links.ts';
import { asList, ociProcess, replaceOrAppend } from '../container/spec/process.ts';
import { appArmorProfile } from '../container/spec/security.ts';
import type { Engine } from '../engine.ts';

export function execProcess(engine: Engine, container: Container, request: ExecCreateRequest): OciProcess {
  const args = asList(request.Cmd);
  if (args.length === 0) throw invalidArgument('No exec command specified');
  const { config, hostConfig } = container;
  const asked: Container = {
    ...container,
    config: {
      ...config,
      User: request.User || config.User,
      WorkingDir: request.WorkingDir || config.WorkingDir,
      Tty: request.Tty === true,
    },
    hostConfig: { ...hostConfig, Init: false, Privileged: request.Privileged || hostConfig.Privileged },
  };
  const task = engine.tasks.get(container.id);
  const process = ociProcess(
    asked,
    `/proc/${task?.pid}/root`,
    engine.settings,
    linkedEnvironment(engine, container),
  );
  const [height = 0, width = 0] = request.ConsoleSize ?? [];
  return {
    ...process,
    args,
    // As Docker has it, a privileged exec in a confined container stays confined.
    apparmorProfile: appArmorProfile(engine, hostConfig),
    env: replaceOrAppend(process.env, request.Env ?? []),
    consoleSize: request.Tty && height > 0 && width > 0 ? { height, width } : undefined,
  };
}
