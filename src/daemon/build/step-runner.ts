/** Runs RUN steps: each a container like any other, through the same spec, network and runtime, but without a record. */
import { Duplex } from 'node:stream';
import type { HostConfig } from '../../api/container.ts';
import { sha256 } from '../../core/digest.ts';
import { EngineError } from '../../core/errors.ts';
import { nowNano } from '../../core/events.ts';
import { shortId } from '../../core/ids.ts';
import { timestamp } from '../../core/time.ts';
import { Undo } from '../../core/undo.ts';
import type { StepMount, StepRequest, StepRunner } from '../../image/builder/request.ts';
import type { AttachRequest, OutputStream, Task } from '../../runtime/task.ts';
import type { Container } from '../container/container.ts';
import { publish } from '../container/events.ts';
import { withHostDefaults } from '../container/host-defaults.ts';
import { withinKernelLimits } from '../container/kernel-limits.ts';
import type { MountSources } from '../container/mounts/attach.ts';
import { networkMode, sharedWith } from '../container/network.ts';
import { composeSpec } from '../container/spec/spec.ts';
import { initialState } from '../container/state.ts';
import type { Engine } from '../engine.ts';
import { joinStepNetwork } from './step-network.ts';

/** `limits`: what the client set for all steps of its build. */
export function stepRunner(engine: Engine, limits: HostConfig): StepRunner {
  return { run: (request) => runStep(engine, limits, request) };
}

/** Whatever happens, nothing of the container is left. */
async function runStep(engine: Engine, limits: HostConfig, request: StepRequest): Promise<number> {
  const undo = new Undo();
  const container = stepContainer(engine, limits, request);
  // There is no record to be inspected, but who watches the engine sees what ran, as dockerd shows it.
  publish(engine, container, 'create');
  try {
    const task = await launch(engine, container, request, undo);
    publish(engine, container, 'start');
    void task.exited.then(({ code }) => publish(engine, container, 'die', { exitCode: String(code) }));
    return await exitOf(task, request.signal);
  } finally {
    const failures = await undo.run();
    for (const error of failures)
      engine.logger.warn({ err: error, step: request.id }, 'a build step left something');
    publish(engine, container, 'destroy');
  }
}

async function launch(engine: Engine, container: Container, request: StepRequest, undo: Undo): Promise<Task> {
  refuseIfAborted(request.signal);
  const network = await joinStepNetwork(engine, container, request.directory, undo);
  const { task, attachments } = await engine.tasks.start(
    {
      id: request.id,
      spec: async (rootfs) => {
        const spec = await composeSpec(engine, container, {
          rootfs,
          sources: sourcesOf(request),
          network,
          sharedMemory: undefined,
        });
        request.onRoot(
          rootfs,
          spec.mounts.map(({ destination }) => destination),
        );
        return spec;
      },
      rootfs: request.rootfs,
      terminal: false,
      stdin: false,
      stdinOnce: false,
      runtime: container.hostConfig.Runtime || undefined,
    },
    [listener(request, 'stdout'), listener(request, 'stderr')],
  );
  undo.push(() => task.delete());
  // Not a byte of output is lost: the step has ended when its streams have.
  undo.push(async () => void (await Promise.all(attachments.map(({ done }) => done))));
  undo.push(() => kill(task));
  return task;
}

async function exitOf(task: Task, signal: AbortSignal): Promise<number> {
  const onAbort = () => void kill(task);
  signal.addEventListener('abort', onAbort, { once: true });
  // It may have been aborted while the task started, when nobody listened.
  if (signal.aborted) onAbort();
  try {
    const { code } = await task.exited;
    refuseIfAborted(signal);
    return code;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Its init is pid 1 of a namespace of its own: with it goes everything (pid_namespaces(7)). */
async function kill(task: Task): Promise<void> {
  try {
    task.kill(9);
  } catch {
    // It has ended already.
  }
  await task.exited;
}

function refuseIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new EngineError('cancelled', 'the build was cancelled', { cause: signal.reason });
}

function listener(request: StepRequest, stream: OutputStream): AttachRequest {
  const client = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      request.onOutput(stream, chunk);
      done();
    },
  });
  return { stdin: false, stdout: stream === 'stdout', stderr: stream === 'stderr', client };
}

/** What a record would say, so that the same code makes the spec. */
function stepContainer(engine: Engine, limits: HostConfig, request: StepRequest): Container {
  const { id, args, env, cwd, user } = request;
  const asked = withHostDefaults(engine, {
    ...limits,
    NetworkMode: askedNetwork(request, limits),
    Privileged: request.privileged,
    Tmpfs: Object.fromEntries(request.mounts.flatMap(tmpfs)),
  });
  const onHost = asked.NetworkMode === 'host';
  return {
    version: 1,
    id,
    name: `build-${shortId(id)}`,
    created: timestamp(nowNano()),
    imageId: sha256(''),
    image: '',
    platform: 'linux',
    config: {
      Hostname: onHost ? 'buildkitsandbox' : shortId(id),
      Cmd: args,
      Env: env,
      WorkingDir: cwd,
      User: user,
    },
    hostConfig: withinKernelLimits(engine.settings, asked).hostConfig,
    endpoints: endpointsOf(asked),
    mounts: request.mounts.flatMap(bind),
    state: initialState,
  };
}

/** None where the network is another's, or none at all. */
function endpointsOf(hostConfig: HostConfig): Container['endpoints'] {
  const mode = networkMode({ hostConfig });
  return mode === 'host' || mode === 'none' || sharedWith(mode) !== undefined ? {} : { [mode]: {} };
}

/** What the instruction says, else what the build does. */
function askedNetwork({ network }: StepRequest, { NetworkMode }: HostConfig): string {
  return network === 'default' ? NetworkMode || 'default' : network;
}

function sourcesOf({ mounts }: StepRequest): MountSources {
  return new Map(
    mounts.flatMap((mount) => (mount.kind === 'bind' ? [[mount.target, mount.source] as const] : [])),
  );
}

function tmpfs(mount: StepMount): [string, string][] {
  if (mount.kind !== 'tmpfs') return [];
  return [[mount.target, mount.size === undefined ? 'exec' : `exec,size=${mount.size}`]];
}

function bind(mount: StepMount): Container['mounts'] {
  if (mount.kind !== 'bind') return [];
  const { source, target, readonly } = mount;
  return [
    { Type: 'bind', Source: source, Destination: target, Mode: '', RW: !readonly, Propagation: 'rprivate' },
  ];
}
