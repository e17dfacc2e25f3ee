/** A further process in a running container: create, start to its end, inspect. */
import { remove, run, time } from '../container.ts';
import type { Engine } from '../engine.ts';
import { atMost, type Line } from '../line.ts';

export const exec: Line = {
  name: 'exec',
  title: 'exec: create, start, inspect',
  unit: 'ms',
  better: 'less',
  rounds: [30, 8],
  targets: [atMost(1.05, 'floor'), atMost(1, 'docker'), atMost(1, 'podman')],
  async prepare({ engines, floor }) {
    const running = await floor.running();
    return [
      { name: 'floor', sample: () => running.exec(['true']), close: running.close },
      ...(await Promise.all(engines.map(contender))),
    ];
  },
};

async function contender(engine: Engine) {
  const id = await run(engine.api);
  return {
    name: engine.name,
    sample: () => time(() => execOnce(engine, id)),
    close: () => remove(engine.api, id),
  };
}

async function execOnce({ api }: Engine, container: string): Promise<void> {
  const { Id } = await api.call<{ Id: string }>('POST', `/containers/${container}/exec`, {
    Cmd: ['true'],
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await api.hijack(`/exec/${Id}/start`, { Detach: false, Tty: false });
  for await (const _ of stream);
  const { ExitCode } = await api.call<{ ExitCode: number }>('GET', `/exec/${Id}/json`);
  if (ExitCode !== 0) throw new Error(`the process ended with ${ExitCode}`);
}
