/** Which ports are whose: the table over a worker that is told what the host has taken. */
import t from 'tap';
import type { KernelClient, ReserveRequest } from '../../../src/network/kernel/calls.ts';
import type { PortRequest } from '../../../src/network/network.ts';
import type { PortTargets } from '../../../src/network/ports/mapping.ts';
import { PortTable } from '../../../src/network/ports/port-table.ts';
import type { Traffic } from '../../../src/network/traffic/client.ts';

/** `taken`: `tcp4/80` → errno name. Counts descriptors, so that none can be lost. */
function fakes(taken: Record<string, string> = {}) {
  const open = new Set<number>();
  let last = 10;
  const kernel = {
    reserve: async (requests: ReserveRequest[]) =>
      requests.map(({ protocol, family, hostPort }) => {
        const failure = taken[`${protocol}${family}/${hostPort}`] ?? taken[`${protocol}${family}`];
        if (failure) return failure;
        open.add(++last);
        return last;
      }),
    closeSockets: async (fds: number[]) => {
      for (const fd of fds) open.delete(fd);
    },
  } as Partial<KernelClient> as KernelClient;
  const traffic = {
    relay: () => {},
    unrelay: async (fds: number[]) => {
      for (const fd of fds) open.delete(fd);
    },
  } as Partial<Traffic> as Traffic;
  return { table: new PortTable(kernel, traffic, true), open };
}

const port = (hostPort: number, more: Partial<PortRequest> = {}): PortRequest => ({
  containerPort: 80,
  protocol: 'tcp',
  hostIp: '',
  hostPort,
  ...more,
});
const ADDRESS = '172.17.0.2';
const target: PortTargets = {
  4: { address: ADDRESS, relayTo: ADDRESS },
  6: { relayTo: ADDRESS },
  routed: [],
};

t.test('a port of every address is held for both families', async (t) => {
  const { table, open } = fakes();
  const { mappings } = await table.allocate([port(80)], target);
  t.match(mappings, [
    { family: 4, hostIp: '', hostPort: 80, address: '172.17.0.2' },
    { family: 6, hostIp: '', hostPort: 80, relayTo: '172.17.0.2' },
  ]);
  t.notOk(mappings[1]?.address, 'the kernel does not turn IPv6 into IPv4');
  t.equal(open.size, 2);
  await table.release(mappings);
  t.equal(open.size, 0);
});

t.test('without IPv6 on the host it is IPv4 alone', async (t) => {
  const { table, open } = fakes({ tcp6: 'EAFNOSUPPORT' });
  t.match((await table.allocate([port(80)], target)).mappings, [{ family: 4 }]);
  t.equal(open.size, 1);
});

t.test('clashes', async (t) => {
  const rows: [Partial<PortRequest>, Partial<PortRequest>, RegExp | undefined][] = [
    [{}, {}, /^Bind for 0\.0\.0\.0:80 failed: port is already allocated$/],
    [{}, { hostIp: '127.0.0.1' }, /^Bind for 127\.0\.0\.1:80 failed: port is already allocated$/],
    [{ hostIp: '127.0.0.1' }, {}, /already allocated/],
    [{ hostIp: '127.0.0.1' }, { hostIp: '127.0.0.2' }, undefined],
    [{ hostIp: '::1' }, { hostIp: '127.0.0.1' }, undefined],
    [{ hostIp: '::1' }, {}, /^Bind for \[::\]:80 failed/],
    [{}, { protocol: 'udp' }, undefined],
  ];
  for (const [first, second, message] of rows) {
    const { table, open } = fakes();
    await table.allocate([port(80, first)], target);
    const held = open.size;
    const attempt = table.allocate([port(81), port(80, second)], target);
    if (!message) await t.resolves(attempt);
    else {
      await t.rejects(attempt, { message });
      t.equal(open.size, held, 'what was taken on the way is given back');
    }
  }
});

t.test('random ports and ranges pass over what others have', async (t) => {
  const { table, open } = fakes({ 'tcp6/9000': 'EADDRINUSE' });
  t.match(await table.allocate([port(9000, { hostPortEnd: 9005 })], target), {
    mappings: [{ hostPort: 9001 }, { hostPort: 9001 }],
    requests: [{ hostPort: 9001, hostPortEnd: undefined }],
  });
  t.equal(open.size, 2);
  const none = fakes({ tcp4: 'EADDRINUSE' });
  await t.rejects(none.table.allocate([port(7000, { hostPortEnd: 7001 })], target), {
    message: 'listen tcp4 0.0.0.0:7001: bind: address already in use',
  });
  t.equal(none.open.size, 0);
});

t.test('one port for two at the same time', async (t) => {
  const { table } = fakes();
  const outcomes = await Promise.allSettled([
    table.allocate([port(80)], target),
    table.allocate([port(80)], target),
  ]);
  t.strictSame(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

t.test('a routed address has no port of this host', async (t) => {
  const { table, open } = fakes();
  const routed = [{ family: 6 as const, address: 'fd00::2' }];
  const { mappings, requests } = await table.allocate([port(0)], { routed });
  t.strictSame(requests, [port(0)], 'and none is chosen');
  t.match(mappings, [{ family: 6, hostPort: 0, address: 'fd00::2', containerPort: 80, direct: true }]);
  const mixed = await table.allocate([port(81), port(82, { hostIp: '127.0.0.1' })], {
    ...target,
    6: undefined,
    routed,
  });
  t.strictSame(
    mixed.mappings.map(({ family, hostPort }) => [family, hostPort]),
    [
      [4, 81],
      [6, 0],
      [4, 82],
    ],
  );
  t.equal(open.size, 2);
  await table.release([...mappings, ...mixed.mappings]);
  t.equal(open.size, 0);
});
