/** How containers are reached from beyond their bridge: gateway modes, and what else changes an address on the way. */
import t from 'tap';
import type { NetworkRequest } from '../../../src/network/network.ts';
import {
  call,
  HOST,
  HOST6,
  inOwnHost,
  ip,
  MACHINE,
  MACHINE6,
  machine,
  nft,
  openEngine,
  tcp,
  whoami,
} from './host.ts';

// A busy machine takes its time.
t.setTimeout(240_000);

const bridge = (name: string) => `com.docker.network.bridge.${name}`;
const both = (mode: string) => ({ [bridge('gateway_mode_ipv4')]: mode, [bridge('gateway_mode_ipv6')]: mode });

t.test('gateway modes', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  const engine = await openEngine(t);
  const { networks } = engine;
  await networks.restore([]);
  const create = async (name: string, more: Partial<NetworkRequest>) => {
    const { ipam } = await networks.create({ name, ipv6: true, ...more });
    for (const { subnet } of ipam.pools)
      await outside.run('/usr/sbin/ip', 'route', 'add', subnet, 'via', subnet.includes(':') ? HOST6 : HOST);
    return ipam.pools;
  };
  const serve = async (network: string, hostPort: number) => {
    const box = await engine.join({ networks: [network], ports: [tcp(80, hostPort)] });
    await Promise.all([80, 81].map((port) => box.start(t, ...whoami(port, 6))));
    const [endpoint] = box.endpoints;
    return { ...box, ipv4: endpoint?.ipv4 ?? '', ipv6: endpoint?.ipv6 ?? '' };
  };
  const pings = async (address: string) =>
    (await outside.run('/bin/busybox', 'ping', '-c', '1', '-W', '1', address)).code === 0;

  await t.test('say who reaches what', async (t) => {
    const rows = [
      { mode: 'nat', published: false, other: false, host: true },
      { mode: 'nat-unprotected', published: true, other: true, host: true },
      { mode: 'routed', published: true, other: false, host: false },
    ];
    const asked = rows.map(async ({ mode, published, other, host }, index) => {
      await create(mode, { options: both(mode) });
      const box = await serve(mode, 8080 + index);
      const when = (does: boolean, caller: string) => (does ? caller : '');
      t.strictSame(
        await Promise.all([
          call(outside, box.ipv4, 80),
          call(outside, box.ipv6, 80),
          call(outside, box.ipv4, 81),
          call(outside, box.ipv6, 81),
          call(outside, HOST, 8080 + index),
          pings(box.ipv4),
          pings(box.ipv6),
        ]),
        [
          when(published, MACHINE),
          when(published, MACHINE6),
          when(other, MACHINE),
          when(other, MACHINE6),
          when(host, MACHINE),
          published,
          published,
        ],
        mode,
      );
      return box;
    });
    const [nat, unprotected, routed] = await Promise.all(asked);
    if (!nat || !unprotected || !routed) throw new Error('no containers');
    t.strictSame(
      routed.ports.map(({ hostIp, hostPort }) => [hostIp, hostPort]),
      [
        ['0.0.0.0', 0],
        ['::', 0],
      ],
    );
    const between = [
      call(nat, routed.ipv4, 80),
      call(nat, routed.ipv6, 80),
      call(nat, routed.ipv4, 81),
      call(routed, nat.ipv4, 80),
      call(nat, unprotected.ipv4, 81),
    ];
    t.strictSame(
      (await Promise.all(between)).map((answer) => answer !== ''),
      [true, true, false, false, true],
      'containers of other networks are others like everybody',
    );
    await outside.start(t, ...whoami(82, 6));
    t.strictSame(
      await Promise.all([nat, routed].map((box) => call(box, MACHINE, 82))),
      [HOST, routed.ipv4],
      'a routed one sends in its own name',
    );
    for (const { containerId } of [nat, unprotected, routed]) await networks.release(containerId);
    t.equal(await call(outside, routed.ipv4, 80), '');
  });

  await t.test('each family has its own', async (t) => {
    await create('mixed', { options: { [bridge('gateway_mode_ipv6')]: 'routed' } });
    const box = await serve('mixed', 8090);
    t.strictSame(
      box.ports.map(({ hostIp, hostPort }) => [hostIp, hostPort]),
      [
        ['0.0.0.0', 8090],
        ['::', 0],
      ],
    );
    t.strictSame(
      await Promise.all([call(outside, HOST, 8090), call(outside, box.ipv6, 80), call(outside, HOST6, 8090)]),
      [MACHINE, MACHINE6, ''],
    );
    await networks.unpublish(box.containerId, [{ containerPort: 80, protocol: 'tcp', hostPort: 8090 }]);
    t.strictSame(networks.sandbox(box.containerId)?.ports, []);
    t.equal(await call(outside, box.ipv6, 80), '');
    await networks.release(box.containerId);
  });

  await t.test('ports follow the default routes, and stay open where they are routed', async (t) => {
    const endpoints = [
      { network: 'nat', gatewayPriority: 1, aliases: [] },
      { network: 'routed', aliases: [] },
    ];
    const box = await engine.join({ endpoints, ports: [tcp(80, 0)] });
    await box.start(t, ...whoami(80, 6));
    const port = box.ports.find(({ hostPort }) => hostPort !== 0)?.hostPort ?? 0;
    const direct = box.endpoints.find(({ networkName }) => networkName === 'routed')?.ipv4 ?? '';
    const reached = () => Promise.all([call(outside, HOST, port), call(outside, direct, 80)]);
    // Answers leave by the default route, in whatever name that has.
    t.strictSame((await reached()).map(Boolean), [true, true]);
    await networks.disconnect(box.containerId, 'nat');
    t.strictSame(await reached(), ['', MACHINE]);
    await networks.connect(box.containerId, { network: 'nat', gatewayPriority: 1, aliases: [] });
    t.equal((await reached())[0], MACHINE, 'at the same port of the host');
    await networks.release(box.containerId);
  });

  await t.test('one family by one network, the other by another', async (t) => {
    await networks.create({ name: 'only6', ipv4: false, ipv6: true });
    await networks.create({ name: 'only4' });
    const box = await engine.join({ networks: ['only4'], ports: [tcp(80, 8095)] });
    await box.start(t, ...whoami(80, 6));
    t.strictSame(
      await Promise.all([call(outside, HOST, 8095), call(outside, HOST6, 8095)]),
      [MACHINE, box.endpoints[0]?.gateway],
      'passed on to IPv4',
    );
    await networks.connect(box.containerId, { network: 'only6', aliases: [] });
    t.strictSame(
      await Promise.all([call(outside, HOST, 8095), call(outside, HOST6, 8095)]),
      [MACHINE, MACHINE6],
      'translated to IPv6',
    );
    await networks.release(box.containerId);
  });

  await t.test('isolated: its containers reach each other, and not even this host', async (t) => {
    const pools = await create('isolated', { internal: true, options: both('isolated') });
    t.strictSame(
      pools.map(({ gateway }) => gateway),
      [undefined, undefined],
    );
    const [one, two] = [
      await engine.join({ networks: ['isolated'] }),
      await engine.join({ networks: ['isolated'] }),
    ];
    await one.start(t, ...whoami(80, 6));
    for (const address of [one.endpoints[0]?.ipv4, one.endpoints[0]?.ipv6])
      t.ok(await call(two, address ?? '', 80));
    t.notMatch(await ip('address', 'show', 'to', pools[0]?.subnet ?? ''), /inet/, 'no address of this host');
    for (const { containerId } of [one, two]) await networks.release(containerId);
    await t.rejects(networks.create({ name: 'x', options: both('isolated') }), {
      message: "gateway mode 'isolated' can only be used for an internal network",
    });
    await t.rejects(networks.create({ name: 'x', options: both('nosuch') }), {
      message: `failed to parse ${bridge('gateway_mode_ipv4')} value: nosuch (unknown gateway mode nosuch)`,
    });
  });

  await t.test('trusted links of the host come by the container’s own address', async (t) => {
    await create('trusting', { options: { [bridge('trusted_host_interfaces')]: 'eth7:wire0' } });
    const box = await serve('trusting', 8100);
    t.strictSame(
      await Promise.all([
        call(outside, box.ipv4, 80),
        call(outside, box.ipv6, 80),
        call(outside, box.ipv4, 81),
        call(outside, HOST, 8100),
      ]),
      [MACHINE, MACHINE6, '', MACHINE],
    );
    await networks.release(box.containerId);
    t.equal(await call(outside, box.ipv4, 80), '');
  });

  await t.test('another name for what goes out; another gateway', async (t) => {
    await ip('address', 'add', '192.0.2.7/24', 'dev', 'wire0');
    await create('named', { options: { 'com.docker.network.host_ipv4': '192.0.2.7' } });
    await create('ungated', { options: { [bridge('inhibit_ipv4')]: 'true' } });
    const [named, ungated] = [
      await engine.join({ networks: ['named'] }),
      await engine.join({ networks: ['ungated'] }),
    ];
    await outside.start(t, ...whoami(83));
    t.equal(await call(named, MACHINE, 83), '192.0.2.7');
    t.match((await ungated.run('/usr/sbin/ip', 'route')).output, /^default via \S+\.1 /);
    t.notMatch(await ip('address', 'show', 'to', ungated.endpoints[0]?.gateway ?? ''), /inet/);
    for (const { containerId } of [named, ungated]) await networks.release(containerId);
  });

  await t.test('a host that denies has the last word there too', async (t) => {
    await nft('table inet deny { chain forward { type filter hook forward priority 0; policy drop; }; }');
    t.teardown(() => nft('delete table inet deny'));
    const shut = await engine.join({ networks: ['routed'], ports: [tcp(80, 0)] });
    const told = await engine.join({ networks: ['routed'], ports: [tcp(80, 0, { open: true })] });
    const bare = await engine.join({ networks: ['nat-unprotected'] });
    const neighbour = await engine.join();
    for (const box of [shut, told, bare]) await box.start(t, ...whoami(80));
    const at = (box: typeof shut) => box.endpoints[0]?.ipv4 ?? '';
    t.strictSame(await Promise.all([shut, told, bare].map((box) => call(outside, at(box), 80))), [
      '',
      MACHINE,
      '',
    ]);
    t.ok(await call(neighbour, at(shut), 80), 'containers come through');
    for (const { containerId } of [shut, told, bare, neighbour]) await networks.release(containerId);
  });
});
