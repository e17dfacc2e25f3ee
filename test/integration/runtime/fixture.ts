/** A runtime of its own, under /run, and a root file system of busybox: what the tests of the runtime layer share. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import pino from 'pino';
import type { Test } from 'tap';
import { newId } from '../../../src/core/ids.ts';
import type { OciProcess, OciSpec } from '../../../src/runtime/oci.ts';
import { defaultCapabilities, ociCapabilities } from '../../../src/runtime/spec/capabilities.ts';
import { defaultDeviceRules } from '../../../src/runtime/spec/devices.ts';
import { DEFAULT_SHM_SIZE, defaultMounts } from '../../../src/runtime/spec/mounts.ts';
import { defaultNamespaces } from '../../../src/runtime/spec/namespaces.ts';
import { maskedPaths, readonlyPaths } from '../../../src/runtime/spec/paths.ts';
import type { Task, TaskRequest, Tasks } from '../../../src/runtime/task.ts';
import { openTasks, type TasksOptions } from '../../../src/runtime/tasks.ts';

const BUSYBOX = '/bin/busybox';
const PROGRAMS = [BUSYBOX, '/usr/sbin/runc', '/usr/bin/conmon'];
const APPLETS = [
  'sh',
  'echo',
  'cat',
  'sleep',
  'true',
  'false',
  'head',
  'dd',
  'seq',
  'printf',
  'kill',
  'stty',
  'tty',
  'yes',
];

/** A reason to skip, or false. */
export function lacking(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = PROGRAMS.find((path) => !existsSync(path));
  return missing ? `needs ${missing}` : false;
}

export interface Fixture {
  tasks: Tasks;
  execRoot: string;
  /** For logs. */
  directory: string;
  request(args: string[], options?: Partial<TaskRequest> & { process?: Partial<OciProcess> }): TaskRequest;
}

/** Of this test file: files run beside each other. */
export const INSTANCE = `r${process.pid}`;

export const EXEC_ROOT_PREFIX = '/run/skiff-test-';

export function openFixture(t: Test, options: Partial<TasksOptions> = {}): Promise<Fixture> {
  const execRoot = mkdtempSync(EXEC_ROOT_PREFIX);
  const directory = t.testdir();
  return openFixtureAt(t, execRoot, directory, options);
}

export async function openFixtureAt(
  t: Test,
  execRoot: string,
  directory: string,
  options: Partial<TasksOptions> = {},
): Promise<Fixture> {
  const tasks = await openTasks({
    execRoot,
    instance: INSTANCE,
    logger: pino({ level: 'silent' }),
    ...options,
  });
  t.teardown(async () => {
    for (const id of readdirSync(join(execRoot, 'bundles'))) await end(tasks, id);
    await tasks.close();
    rmSync(execRoot, { recursive: true, force: true });
  });
  return {
    tasks,
    execRoot,
    directory,
    request: (args, { process, ...rest } = {}) => makeRequest(makeRootfs(directory), args, rest, process),
  };
}

export function makeRequest(
  rootfs: string,
  args: string[],
  options: Partial<TaskRequest> = {},
  process: Partial<OciProcess> = {},
): TaskRequest {
  return {
    id: newId(),
    spec: () => makeSpec({ ...makeProcess(args), terminal: options.terminal, ...process }),
    rootfs: [{ type: 'bind', source: rootfs, options: ['rbind'] }],
    terminal: false,
    stdin: false,
    stdinOnce: false,
    ...options,
  };
}

export function makeRootfs(directory: string): string {
  const rootfs = join(directory, 'rootfs');
  if (existsSync(rootfs)) return rootfs;
  for (const folder of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp']) {
    mkdirSync(join(rootfs, folder), { recursive: true });
  }
  copyFileSync(BUSYBOX, join(rootfs, 'bin/busybox'));
  for (const name of APPLETS) symlinkSync('busybox', join(rootfs, 'bin', name));
  return rootfs;
}

export function makeProcess(args: string[]): OciProcess {
  return {
    user: { uid: 0, gid: 0 },
    args,
    env: ['PATH=/bin'],
    cwd: '/',
    capabilities: ociCapabilities(defaultCapabilities(), 0),
  };
}

export function makeSpec(process: OciProcess): OciSpec {
  return {
    ociVersion: '1.0.2',
    process,
    root: { path: 'rootfs' },
    mounts: defaultMounts({ shmSize: DEFAULT_SHM_SIZE }),
    linux: {
      namespaces: defaultNamespaces(1),
      maskedPaths: maskedPaths(),
      readonlyPaths: readonlyPaths(),
      resources: { devices: defaultDeviceRules() },
    },
  };
}

/** A client whose output is kept, and whose input is pushed. */
export class Client extends Duplex {
  readonly #chunks: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }
}

export const all = (client: Duplex) => ({ stdin: true, stdout: true, stderr: true, client });

/** Ends and deletes a task, if there is one. */
export async function end(tasks: Tasks, id: string): Promise<void> {
  const task: Task | undefined = tasks.get(id);
  if (task === undefined) return tasks.forget(id);
  task.kill(9);
  await task.exited;
  await task.delete();
}
