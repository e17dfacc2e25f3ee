/** A web server behind a published port: how soon its first page is there, and how many it serves in a second. */
import { cpus } from 'node:os';
import { remove, run } from '../container.ts';
import type { Engine } from '../engine.ts';
import { type Arena, atLeast, atMost, type Contender, type Line } from '../line.ts';

const PORT = '8080';
const SERVER = ['sh', '-c', 'echo page > /tmp/index.html; exec httpd -f -p 80 -h /tmp'];
/** Asks until a page comes, as fast as it can; busybox's wget is a process for each try. */
const FIRST_PAGE = new URL('../first-page.ts', import.meta.url).pathname;
const LOAD = new URL('../load-client.ts', import.meta.url).pathname;

export const firstPage: Line = {
  name: 'first-page',
  title: 'start, then first page over a published port',
  unit: 'ms',
  better: 'less',
  rounds: [10, 3],
  targets: [atMost(1 / 3, 'docker'), atMost(1, 'podman')],
  async prepare({ engines, floor: { processes } }) {
    return engines.map((engine) => ({
      name: engine.name,
      async sample() {
        const client = [process.execPath, FIRST_PAGE, engine.socket, PORT, JSON.stringify(SERVER)];
        return Number(await processes.output({ command: engine.inNetwork(client) }));
      },
    }));
  },
};

export const requests: Line = {
  name: 'requests',
  title: 'requests through it',
  unit: '/s',
  better: 'more',
  rounds: [4, 1],
  targets: [atLeast(0.95, 'floor'), atLeast(1, 'docker'), atLeast(1, 'podman')],
  async prepare(arena) {
    const seconds = arena.quick ? '1' : '3';
    return [
      await bareServer(arena, seconds),
      ...(await Promise.all(arena.engines.map(behindPort(arena, seconds)))),
    ];
  },
};

function behindPort({ floor: { processes } }: Arena, seconds: string) {
  return async (engine: Engine): Promise<Contender> => {
    const id = await run(engine.api, published);
    const client = [process.execPath, LOAD, PORT, seconds, String(cpus().length * 4)];
    return {
      name: engine.name,
      sample: async () => Number(await processes.output({ command: engine.inNetwork(client) })),
      close: () => remove(engine.api, id),
    };
  };
}

/** The same server with nothing before it. */
async function bareServer({ floor: { processes }, work }: Arena, seconds: string): Promise<Contender> {
  const script = `mkdir -p ${work}/www; echo page > ${work}/www/index.html; exec busybox httpd -f -p 127.0.0.1:18080 -h ${work}/www`;
  const server = processes.background({ command: ['sh', '-c', script] }, `${work}/httpd.log`);
  const client = [process.execPath, LOAD, '18080', seconds, String(cpus().length * 4)];
  return {
    name: 'floor',
    sample: async () => Number(await processes.output({ command: client })),
    close: async () => server.kill(),
  };
}

const published = {
  cmd: SERVER,
  network: 'bridge',
  config: { ExposedPorts: { '80/tcp': {} } },
  hostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: PORT }] } },
};
