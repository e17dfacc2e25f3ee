/** A running container, asked over the API and in the kernel's files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { ContainerStats } from '../../../src/api/stats.ts';
import { output } from '../../harness/stream.ts';

export class Box {
  readonly container: Docker.Container;
  /** Its control group, below the mount point. */
  readonly group: string;
  readonly #docker: Docker;

  constructor(docker: Docker, container: Docker.Container, group: string) {
    this.#docker = docker;
    this.container = container;
    this.group = group;
  }

  /** A file of its group, with `, ` between lines. */
  file(name: string): string {
    const content = readFileSync(join('/sys/fs/cgroup', this.group, name), 'latin1');
    return content.trim().replaceAll('\n', ', ');
  }

  /** Those that `like` names. */
  files(like: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.keys(like).map((name) => [name, this.file(name)]));
  }

  async said(): Promise<string> {
    return (await output(this.#docker, await this.container.logs({ stdout: true }))).stdout;
  }

  /** What a script says that is executed in it. */
  async run(script: string): Promise<string> {
    const exec = await this.container.exec({ Cmd: ['sh', '-c', script], AttachStdout: true });
    return (await output(this.#docker, await exec.start({}))).stdout;
  }

  async sample(options: { 'one-shot'?: boolean } = {}): Promise<ContainerStats> {
    return (await this.container.stats({ stream: false, ...options })) as unknown as ContainerStats;
  }

  /** Of its events, in order. */
  async actions(): Promise<string[]> {
    const until = Math.ceil(Date.now() / 1000);
    const filters = { container: [this.container.id] };
    const events = await text((await this.#docker.getEvents({ since: 0, until, filters })) as Readable);
    const lines = events.trim().split('\n');
    return lines.map((line) => (JSON.parse(line) as { Action: string }).Action);
  }
}

export async function startBox(
  docker: Docker,
  HostConfig: Docker.HostConfig,
  script = 'exec sleep 600',
): Promise<Box> {
  const container = await docker.createContainer({
    Image: 'busybox',
    Cmd: ['sh', '-c', script],
    HostConfig: { NetworkMode: 'none', ...HostConfig },
  });
  await container.start();
  const { State } = await container.inspect();
  return new Box(docker, container, groupOf(State.Pid));
}

/** The line of version 2: cgroups(7). */
export function groupOf(pid: number): string {
  return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[1] ?? '';
}
