/** The command lines, as processes from start to end. */
import { writeFileSync } from 'node:fs';
import { remove, run } from '../container.ts';
import { type Arena, atMost, type Line } from '../line.ts';

export const ps: Line = {
  name: 'cli-ps',
  title: 'ps from the shell, two containers',
  unit: 'ms',
  better: 'less',
  rounds: [40, 10],
  targets: [atMost(1, 'docker'), atMost(1, 'podman')],
  async prepare(arena) {
    const { engines, floor } = arena;
    const [first] = engines;
    if (!first) return [];
    const client = await staticClient(arena);
    const contenders = await Promise.all(
      engines.map(async (engine) => {
        const ids = [await run(engine.api), await run(engine.api)];
        return {
          name: engine.name,
          sample: () => floor.processes.time(engine.cli('ps')),
          close: () => remove(engine.api, ...ids),
        };
      }),
    );
    const ask = { command: [client, first.socket, '/containers/json'] };
    return [{ name: 'floor', sample: () => floor.processes.time(ask) }, ...contenders];
  },
};

export const runTrue: Line = {
  name: 'cli-run',
  title: 'run --rm --network none busybox true',
  unit: 'ms',
  better: 'less',
  rounds: [20, 5],
  targets: [atMost(1 / 3, 'docker'), atMost(1, 'podman')],
  async prepare({ engines, floor }) {
    const command = ['run', '--rm', '--network', 'none', 'busybox', 'true'];
    return [
      { name: 'floor', sample: () => floor.run() },
      ...engines.map((engine) => ({
        name: engine.name,
        sample: () => floor.processes.time(engine.cli(...command)),
      })),
    ];
  },
};

/** The least that a client can be: one request over the socket, statically linked. */
async function staticClient({ work, floor }: Arena): Promise<string> {
  const source = `${work}/client.c`;
  writeFileSync(source, CLIENT);
  await floor.processes.time({ command: ['cc', '-O2', '-static', '-o', `${work}/client`, source] });
  return `${work}/client`;
}

const CLIENT = `
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char buffer[65536];
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  ssize_t got;
  if (argc < 3) return 2;
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return 1;
  dprintf(fd, "GET %s HTTP/1.0\\r\\n\\r\\n", argv[2]);
  while ((got = read(fd, buffer, sizeof buffer)) > 0)
    if (write(1, buffer, got) < 0) return 1;
  return 0;
}
`;
