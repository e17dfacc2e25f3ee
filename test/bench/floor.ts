/** The floor: runc itself, on a bundle like the one that Docker makes, with nobody in between. */
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { OciSpec } from '../../src/runtime/oci.ts';
import type { Engine } from './engine.ts';
import type { Command, Processes } from './process.ts';

export interface Floor {
  readonly processes: Processes;
  /** Milliseconds of `runc run` until a container that does nothing has ended and is gone. */
  run(): Promise<number>;
  /** A container that sleeps, for what is measured on a running one; removed by `close`. */
  running(): Promise<RunningFloor>;
  /** Bytes that a container running `args` writes, read through a pipe. */
  count(args: string[]): Promise<number>;
  close(): void;
}

export interface RunningFloor {
  exec(args: string[]): Promise<number>;
  pauseAndResume(): Promise<number>;
  close(): Promise<void>;
}

const WITHOUT_DOCKER = 'the floor takes its config.json from Docker: run once with Docker among the engines';

/** Takes the config that Docker writes for `docker run --network none busybox true`, kept in `cached` for runs without Docker. */
export async function openFloor(
  processes: Processes,
  work: string,
  rootfsTar: string,
  docker: Engine | undefined,
  cached: string,
): Promise<Floor> {
  if (docker) await captureConfig(docker, cached);
  if (!existsSync(cached)) throw new Error(WITHOUT_DOCKER);
  const spec = JSON.parse(readFileSync(join(cached, 'config.json'), 'utf8')) as OciSpec;
  const bundles = join(work, 'floor');
  const state = '/run/skiff-bench-floor';
  const rootfs = join(bundles, 'rootfs');
  mkdirSync(rootfs, { recursive: true });
  await processes.time({ command: ['tar', '-xf', rootfsTar, '-C', rootfs] });
  let count = 0;

  /** A bundle and a control group for each, so that any number run at once. */
  function command(args: string[], ...runArguments: string[]): Command {
    const id = `floor${++count}`;
    const bundle = join(bundles, id);
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(floorSpec(spec, id, args, rootfs, cached)));
    return { command: ['runc', '--root', state, 'run', '--bundle', bundle, ...runArguments, id] };
  }

  return {
    processes,
    count: (args) => processes.count(command(args)),
    run: () => processes.time(command(['true'])),
    async running() {
      const start = command(['sleep', '86400'], '--detach');
      const id = start.command.at(-1) ?? '';
      const runc = (...args: string[]) => processes.time({ command: ['runc', '--root', state, ...args] });
      await processes.time(start);
      return {
        exec: (args) => runc('exec', id, ...args),
        pauseAndResume: async () => (await runc('pause', id)) + (await runc('resume', id)),
        close: async () => void (await runc('delete', '--force', id)),
      };
    },
    close() {
      for (const group of globSync('/sys/fs/cgroup/{,*/}skiff-bench')) rmdirSync(group);
      rmSync(bundles, { recursive: true, force: true });
      rmSync(state, { recursive: true, force: true });
    },
  };
}

async function captureConfig({ api, ociConfig }: Engine, folder: string): Promise<void> {
  const { Id } = await api.call<{ Id: string }>('POST', '/containers/create', {
    Image: 'busybox',
    Cmd: ['sleep', '60'],
    HostConfig: { NetworkMode: 'none' },
  });
  await api.call('POST', `/containers/${Id}/start`);
  const path = ociConfig?.(Id) ?? '';
  mkdirSync(folder, { recursive: true });
  const { mounts = [] } = JSON.parse(readFileSync(path, 'utf8')) as OciSpec;
  for (const { source = '', destination } of mounts)
    if (source.startsWith('/')) cpSync(source, join(folder, destination.split('/').pop() ?? ''));
  cpSync(path, join(folder, 'config.json'));
  await api.call('DELETE', `/containers/${Id}?force=1`);
}

/** Docker's hooks call Docker back, and its files are gone: the rest stays as it is. */
function floorSpec(spec: OciSpec, id: string, args: string[], rootfs: string, files: string): OciSpec {
  const mounts = (spec.mounts ?? []).map((mount) =>
    mount.source?.startsWith('/')
      ? { ...mount, source: join(files, mount.destination.split('/').pop() ?? '') }
      : mount,
  );
  return {
    ...spec,
    hooks: undefined,
    root: { path: rootfs },
    mounts,
    process: { ...spec.process, args, terminal: false },
    linux: { ...spec.linux, cgroupsPath: `/skiff-bench/${id}` },
  } as OciSpec;
}
