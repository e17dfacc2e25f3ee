/** Signals and freezing: what reaches a running container, and when it is seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { remove, run, time } from '../container.ts';
import type { Engine } from '../engine.ts';
import { atMost, below, type Contender, type Line } from '../line.ts';

/** The first process of a container ignores SIGTERM unless it says otherwise, which takes it a moment. */
const HEEDING = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 86400 & wait; done'];

export const kill: Line = {
  name: 'kill',
  title: 'kill, until wait answers',
  unit: 'ms',
  better: 'less',
  rounds: [20, 5],
  targets: [below(8, 'ms'), atMost(1, 'docker'), atMost(1, 'podman')],
  prepare: async ({ engines }) => engines.map((engine) => ending(engine, killed)),
};

export const stop: Line = {
  name: 'stop',
  title: 'stop of one that heeds SIGTERM',
  unit: 'ms',
  better: 'less',
  rounds: [20, 5],
  targets: [below(10, 'ms'), atMost(1, 'docker'), atMost(1, 'podman')],
  prepare: async ({ engines }) => engines.map((engine) => ending(engine, stopped)),
};

export const pause: Line = {
  name: 'pause',
  title: 'pause + unpause',
  unit: 'ms',
  better: 'less',
  rounds: [30, 8],
  targets: [below(3, 'ms'), atMost(1, 'floor'), atMost(1, 'docker'), atMost(1, 'podman')],
  async prepare({ engines, floor }) {
    const running = await floor.running();
    return [
      { name: 'floor', sample: running.pauseAndResume, close: running.close },
      ...(await Promise.all(engines.map(pausing))),
    ];
  },
};

/** Starts one outside of the measurement. */
function ending({ name, api }: Engine, end: (api: Engine['api'], id: string) => Promise<void>): Contender {
  return {
    name,
    async sample() {
      const id = await run(api, { cmd: HEEDING });
      await sleep(100);
      try {
        return await time(() => end(api, id));
      } finally {
        await remove(api, id);
      }
    },
  };
}

async function killed(api: Engine['api'], id: string): Promise<void> {
  const waiting = api.call('POST', `/containers/${id}/wait`);
  await api.call('POST', `/containers/${id}/kill`);
  await waiting;
}

async function stopped(api: Engine['api'], id: string): Promise<void> {
  await api.call('POST', `/containers/${id}/stop?t=10`);
}

async function pausing({ name, api }: Engine): Promise<Contender> {
  const id = await run(api);
  return {
    name,
    sample: () =>
      time(async () => {
        await api.call('POST', `/containers/${id}/pause`);
        await api.call('POST', `/containers/${id}/unpause`);
      }),
    close: () => remove(api, id),
  };
}
