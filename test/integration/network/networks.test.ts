/** Networks of one's own: what they may be, who is in them, and containers that come and go while they run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import t from 'tap';
import type { EndpointRequest, NetworkRequest } from '../../../src/network/network.ts';
import { openNetworks } from '../../../src/network/open-networks.ts';
import {
  call,
  HOST,
  host,
  INSTANCE,
  inOwnHost,
  ip,
  MACHINE,
  machine,
  must,
  openEngine,
  tcp,
  whoami,
} from './host.ts';

// A busy machine takes its time.
t.setTimeout(300_000);

t.test('networks', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  const engine = await openEngine(t);
  const { networks } = engine;
  await networks.restore([]);

  await t.test('are completed', async (t) => {
    const auto = await networks.create({ name: 'auto', labels: { a: 'b' } });
    t.strictSame(auto.ipam.pools, [{ subnet: '172.18.0.0/16', gateway: '172.18.0.1' }]);
    const six = await networks.create({ name: 'six', ipv6: true });
    t.match(six.ipam.pools[1], { subnet: /^fd[0-9a-f:]+::\/64$/, gateway: /^fd[0-9a-f:]+::1$/ });
    const pool = { subnet: '10.9.0.0/24', ipRange: '10.9.0.128/25', auxAddresses: { printer: '10.9.0.128' } };
    const own = await networks.create({
      name: 'own',
      ipam: { pools: [pool] },
      options: { 'com.docker.network.bridge.name': `${INSTANCE}x`, 'com.docker.network.driver.mtu': '1400' },
    });
    t.equal(own.ipam.pools[0]?.gateway, '10.9.0.1');
    const box = await engine.join({ networks: ['own'] });
    t.equal(box.endpoints[0]?.ipv4, '10.9.0.129', 'from the range, past the auxiliary address');
    t.match(await ip('link', 'show', `${INSTANCE}x`), /mtu 1400/);
    t.match((await box.run('/usr/sbin/ip', 'link', 'show', 'eth0')).output, /mtu 1400/);
    await t.rejects(networks.remove('own'), {
      message: /^error while removing network: network own has active endpoints/,
    });
    await networks.release(box.containerId);
    for (const name of ['auto', 'six', 'own']) await networks.remove(name);
    t.notMatch(await ip('-o', 'link'), new RegExp(`${INSTANCE}x`));
  });

  await t.test("are refused in Docker's words", async (t) => {
    await networks.create({ name: 'first', ipam: { pools: [{ subnet: '10.8.0.0/16' }] } });
    const pools = (subnet: string, more = {}) => ({ ipam: { pools: [{ subnet, ...more }] } });
    const rows: [NetworkRequest, string, RegExp][] = [
      [{ name: 'first' }, 'conflict', /^network with name first already exists$/],
      [{ name: 'bridge' }, 'forbidden', /^operation is not permitted on predefined bridge network $/],
      [{ name: 'h', driver: 'host' }, 'forbidden', /^only one instance of "host" network is allowed$/],
      [{ name: 'x', driver: 'nodriver' }, 'not-found', /^plugin "nodriver" not found$/],
      [
        { name: 'x', ...pools('10.8.4.0/24') },
        'forbidden',
        /Pool overlaps with other one on this address space$/,
      ],
      [
        { name: 'x', ...pools('10.7.0.1/24') },
        'invalid-argument',
        /invalid subnet 10\.7\.0\.1\/24: it should be 10\.7\.0\.0\/24$/,
      ],
      [{ name: 'x', ...pools('nonsense') }, 'invalid-argument', /invalid subnet nonsense/],
      [
        { name: 'x', ...pools('10.7.0.0/24', { gateway: '10.6.0.1' }) },
        'invalid-argument',
        /invalid gateway 10\.6\.0\.1/,
      ],
      [
        { name: 'x', ...pools('10.7.0.0/24', { ipRange: '10.6.0.0/25' }) },
        'invalid-argument',
        /invalid ip-range/,
      ],
      [
        { name: 'x', driver: 'macvlan', options: { parent: 'wire9.7' } },
        'invalid-argument',
        /not found on the host: wire9$/,
      ],
      [{ name: '../x' }, 'invalid-argument', /name/],
    ];
    for (const [request, kind, message] of rows) {
      const error = await networks.create(request).then(
        () => undefined,
        (error) => error,
      );
      t.match(error, { kind, message }, JSON.stringify(request));
    }
    await t.rejects(networks.remove('bridge'), {
      message: 'bridge is a pre-defined network and cannot be removed',
    });
    await t.rejects(networks.remove('nothere'), { message: 'network nothere not found' });
    await networks.remove('first');
    t.equal(networks.list().length, 3);
  });

  await t.test('IPv6 goes out and comes in, sources kept', async (t) => {
    await networks.create({ name: 'six', ipv6: true });
    const box = await engine.join({ networks: ['six'], ports: [tcp(80, 8086)] });
    const { gateway6 = '', ipv6 = '' } = box.endpoints[0] ?? {};
    await box.start(t, ...whoami(80, 6));
    t.equal(await call(host, ipv6, 80), gateway6);
    t.equal(await call(outside, '2001:db8::1', 8086), '2001:db8::2');
    t.ok(await call(host, '::1', 8086));
    await networks.release(box.containerId);
    await networks.remove('six');
  });

  await t.test('a running container joins and leaves', async (t) => {
    await networks.create({ name: 'front' });
    await networks.create({ name: 'back', ipam: { pools: [{ subnet: '10.10.0.0/24' }] } });
    const box = await engine.join({ networks: ['front'], ports: [tcp(80, 8085)] });
    const peer = await engine.join({ networks: ['back'] });
    await box.start(t, ...whoami(80));
    const wish: EndpointRequest = {
      network: 'back',
      ipv4: '10.10.0.77',
      mac: '02:00:00:00:00:77',
      aliases: ['b'],
    };
    const endpoint = await networks.connect(box.containerId, wish);
    t.match(endpoint, { ipv4: '10.10.0.77', mac: '02:00:00:00:00:77', device: 'eth1' });
    t.equal(await call(peer, '10.10.0.77', 80), peer.endpoints[0]?.ipv4);
    await t.rejects(networks.connect(box.containerId, wish), { message: /already exists in network back/ });
    await t.rejects(
      networks.connect(peer.containerId, { network: 'front', ipv4: '10.10.0.5', aliases: [] }),
      {
        message: /no configured subnet contains IP address 10\.10\.0\.5/,
      },
    );
    await networks.disconnect(box.containerId, 'front');
    t.match((await box.run('/usr/sbin/ip', 'route')).output, /default via 10\.10\.0\.1 dev eth1/);
    t.equal(await call(outside, HOST, 8085), '192.0.2.2', 'its ports lead to the network that is left');
    await networks.disconnect(box.containerId, 'back');
    t.equal(await call(outside, HOST, 8085), '');
    await networks.connect(box.containerId, { network: 'front', aliases: [] });
    t.equal(await call(outside, HOST, 8085), '192.0.2.2', 'and come back with one');
    await t.rejects(networks.disconnect(box.containerId, 'back'), {
      message: /is not connected to network back/,
    });
    for (const { containerId } of [box, peer]) await networks.release(containerId);
    const bare = await engine.join({ endpoints: [], ports: [tcp(80, 8087)] });
    await networks.connect(bare.containerId, { network: 'front', aliases: [] });
    await bare.start(t, ...whoami(80));
    t.equal(await call(outside, HOST, 8087), MACHINE, 'one that began without a network too');
    await networks.release(bare.containerId);
  });

  await t.test('is taken out of one though the other leads nowhere', async (t) => {
    const endpoints = [
      { network: 'front', gatewayPriority: 1, aliases: [] },
      { network: 'back', aliases: [] },
    ];
    const box = await engine.join({ endpoints });
    await box.run('/usr/sbin/ip', 'link', 'set', 'eth1', 'down');
    await networks.disconnect(box.containerId, 'front');
    t.match(engine.log.at(-1), { msg: 'a container is left without a default route' });
    await networks.connect(box.containerId, { network: 'front', aliases: [], gatewayPriority: 1 });
    t.match((await box.run('/usr/sbin/ip', 'route')).output, /default via \S+ dev eth0/);
    await networks.release(box.containerId);
  });

  await t.test('of several the highest priority has the default route, then the first name', async (t) => {
    const route = async (priorities: Record<string, number>) => {
      const endpoints = Object.entries(priorities).map(([network, gatewayPriority]) => ({
        network,
        gatewayPriority,
        aliases: [],
      }));
      const box = await engine.join({ endpoints });
      const { output } = await box.run('/usr/sbin/ip', 'route');
      await networks.release(box.containerId);
      return /default via \S+ dev (\S+)/.exec(output)?.[1];
    };
    t.equal(await route({ front: 0, back: 0 }), 'eth1');
    t.equal(await route({ front: 1, back: 0 }), 'eth0');
    for (const name of ['front', 'back']) await networks.remove(name);
  });

  await t.test('a small one is used to its last address', async (t) => {
    await networks.create({ name: 'small', ipam: { pools: [{ subnet: '10.11.0.0/29' }] } });
    const boxes = [];
    for (let index = 0; index < 5; index++) boxes.push(await engine.join({ networks: ['small'] }));
    t.equal(new Set(boxes.map(({ endpoints }) => endpoints[0]?.ipv4)).size, 5);
    await t.rejects(engine.join({ networks: ['small'] }), { message: /no available IPv4 addresses/ });
    const [first, ...others] = boxes;
    await networks.release(first?.containerId ?? '');
    const again = await engine.join({
      endpoints: [{ network: 'small', ipv4: first?.endpoints[0]?.ipv4, aliases: [] }],
    });
    t.equal(again.endpoints[0]?.ipv4, first?.endpoints[0]?.ipv4);
    for (const { containerId } of [again, ...others]) await networks.release(containerId);
    await networks.remove('small');
  });

  await t.test('macvlan: on the wire itself', async (t) => {
    await networks.create({
      name: 'lan',
      driver: 'macvlan',
      options: { parent: 'wire0' },
      ipam: { pools: [{ subnet: '192.0.2.0/24', ipRange: '192.0.2.128/25', gateway: MACHINE }] },
    });
    // Most machines have a link of the name that the container's gets.
    await ip('link', 'add', 'eth0', 'type', 'bridge');
    const box = await engine.join({ networks: ['lan'] });
    await outside.start(t, ...whoami(80));
    t.equal(await call(box, MACHINE, 80), '192.0.2.128', 'in its own name');
    await networks.release(box.containerId);
    await networks.remove('lan');
    await ip('link', 'delete', 'eth0');
    t.match(await ip('link', 'show', 'wire0'), /wire0/, 'the parent stays');
  });

  await t.test('macvlan without a parent: its containers reach each other and nobody else', async (t) => {
    const { id } = await networks.create({ name: 'alone', driver: 'macvlan' });
    const [one, two] = [
      await engine.join({ networks: ['alone'] }),
      await engine.join({ networks: ['alone'] }),
    ];
    await one.start(t, ...whoami(80));
    t.equal(await call(two, one.endpoints[0]?.ipv4 ?? '', 80), two.endpoints[0]?.ipv4);
    t.equal((await two.run('/usr/sbin/ip', 'route', 'show', 'default')).output, '');
    for (const { containerId } of [one, two]) await networks.release(containerId);
    await networks.remove('alone');
    t.notMatch(await ip('-o', 'link'), id.slice(0, 5), 'what was made for it goes with it');
  });

  await t.test('what only some kernels have is made, or refused by naming the kernel', async (t) => {
    const rows: [NetworkRequest, RegExp][] = [
      [
        { name: 'ipv', driver: 'ipvlan', options: { parent: 'wire0' } },
        /has no ipvlan links \(CONFIG_IPVLAN\)$/,
      ],
      [
        { name: 'vlan', driver: 'macvlan', options: { parent: 'wire0.10' } },
        /has no VLAN links \(CONFIG_VLAN_8021Q\)$/,
      ],
    ];
    for (const [request, message] of rows) {
      const made = await networks.create(request).catch((error: Error) => error);
      if (made instanceof Error)
        t.match(made.message, new RegExp(`^the kernel of this host, Linux \\S+, ${message.source}`));
      else {
        const box = await engine.join({ networks: [request.name] });
        t.match((await box.run('/usr/sbin/ip', 'address', 'show', 'eth0')).output, box.endpoints[0]?.ipv4);
        await networks.release(box.containerId);
        await networks.remove(request.name);
      }
      t.notMatch(await ip('-o', 'link'), /wire0\.10|-try/, 'no link stays');
    }
  });

  await t.test('a configuration, and what is made from it', async (t) => {
    const pools = [{ subnet: '10.12.0.0/24', gateway: '10.12.0.9' }];
    const cfg = await networks.create({ name: 'cfg', configOnly: true, labels: { a: 'b' }, ipam: { pools } });
    t.match(cfg, { driver: 'null', configOnly: true });
    const from = await networks.create({ name: 'from', configFrom: 'cfg' });
    t.match(from, { driver: 'bridge', configFrom: 'cfg', labels: { a: 'b' }, ipam: { pools } });
    await t.rejects(networks.create({ name: 'x', configFrom: 'from' }), { message: /does not exist$/ });
    await t.rejects(engine.join({ networks: ['cfg'] }), { message: /configuration-only network$/ });
    await t.rejects(networks.remove('cfg'), { message: /configuration network "cfg" is in use$/ });
    const box = await engine.join({ networks: ['from'] });
    t.equal(box.endpoints[0]?.gateway, '10.12.0.9');
    await networks.release(box.containerId);
    for (const name of ['from', 'cfg']) await networks.remove(name);
  });

  await t.test('macvlan of several subnets', async (t) => {
    const pools = [{ subnet: '10.13.0.0/24' }, { subnet: '10.14.0.0/24', gateway: '10.14.0.254' }];
    await networks.create({ name: 'two', driver: 'macvlan', options: { parent: 'wire0' }, ipam: { pools } });
    const ask = (ipv4?: string) => engine.join({ endpoints: [{ network: 'two', ipv4, aliases: [] }] });
    const boxes = [await ask(), await ask('10.14.0.7')];
    t.strictSame(
      boxes.map(({ endpoints }) => endpoints[0]?.gateway),
      ['', '10.14.0.254'],
      'who is the gateway out there is for a person to say',
    );
    t.equal((await boxes[0]?.run('/usr/sbin/ip', 'route', 'show', 'default'))?.output, '');
    for (const { containerId } of boxes) await networks.release(containerId);
    await networks.remove('two');
  });

  await t.test('macvlan: several networks on one parent, unless one wants it alone', async (t) => {
    const on = (name: string, mode: string) =>
      networks.create({ name, driver: 'macvlan', options: { parent: 'wire0', macvlan_mode: mode } });
    for (const name of ['one', 'two']) await on(name, 'bridge');
    await t.rejects(on('x', 'passthru'), { message: /cannot use mode passthru, .* is already using/ });
    for (const name of ['one', 'two']) await networks.remove(name);
    t.match(await ip('link', 'show', 'wire0'), /wire0/);
    await on('one', 'passthru');
    await t.rejects(on('x', 'bridge'), {
      message: /is already using parent interface wire0 in mode passthru$/,
    });
    await networks.remove('one');
  });

  await t.test('what an endpoint asks of its link', async (t) => {
    await networks.create({ name: 'front', ipv6: true });
    await networks.create({
      name: 'back',
      options: { 'com.docker.network.container_iface_prefix': 'net' },
    });
    const box = await engine.join({
      endpoints: [
        {
          network: 'front',
          aliases: [],
          linkLocal: ['169.254.7.7', 'fe80::77'],
          driverOptions: {
            'com.docker.network.endpoint.ifname': 'lan1',
            'com.docker.network.endpoint.sysctls':
              'net.ipv4.conf.IFNAME.forwarding=0,net.ipv6.conf.ifname.accept_ra=2',
          },
        },
        { network: 'back', aliases: [] },
      ],
    });
    const names = Object.fromEntries(box.endpoints.map(({ networkName, device }) => [networkName, device]));
    t.strictSame(names, { front: 'lan1', back: 'net0' });
    const { output } = await box.run('/usr/sbin/ip', 'address', 'show', 'lan1');
    for (const address of ['169.254.7.7/16', 'fe80::77/64']) t.match(output, address);
    const settings = await box.run('/usr/sbin/sysctl', '-n', 'net.ipv4.conf.lan1.forwarding');
    t.equal(settings.output, '0');
    t.equal((await box.run('/usr/sbin/sysctl', '-n', 'net.ipv6.conf.lan1.accept_ra')).output, '2');
    await networks.disconnect(box.containerId, 'front');
    t.match((await box.run('/usr/sbin/ip', 'route')).output, /default via \S+ dev net0/);
    const plain = await engine.join({ endpoints: [{ network: 'front', aliases: [], noIpv6: true }] });
    t.notOk(plain.endpoints[0]?.ipv6);
    t.equal((await plain.run('/usr/sbin/ip', '-6', 'address', 'show', 'eth0')).output, '');
    for (const { containerId } of [box, plain]) await networks.release(containerId);
    for (const name of ['front', 'back']) await networks.remove(name);
  });

  await t.test('a bridge that was there is used, and outlives a stop', async (t) => {
    await ip('link', 'add', 'kept0', 'type', 'bridge');
    const root = mkdtempSync('/run/skifft-net-');
    t.teardown(() => rmSync(root, { recursive: true, force: true }));
    const directories = { dataRoot: join(root, 'data'), execRoot: join(root, 'exec') };
    const other = await openNetworks({
      instance: 'keeper',
      bridge: 'kept0',
      ...directories,
      logger: pino({ level: 'silent' }),
    });
    await other.restore([]);
    await other.close({ keep: false });
    t.match(await ip('link', 'show', 'kept0'), /kept0/);
    await ip('link', 'delete', 'kept0');
  });

  await t.test('a bridge that was there is used, and stays', async (t) => {
    await ip('link', 'add', 'mine0', 'type', 'bridge');
    await networks.create({ name: 'mine', options: { 'com.docker.network.bridge.name': 'mine0' } });
    await networks.remove('mine');
    t.match(await ip('link', 'show', 'mine0'), /mine0/);
    await ip('link', 'delete', 'mine0');
  });
});

t.test('the default bridge follows the flags', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const first = await openEngine(t, { bip: '10.70.0.1/24', mtu: 1400 });
  await first.networks.restore([]);
  t.match(first.networks.get('bridge').ipam.pools, [{ subnet: '10.70.0.0/24', gateway: '10.70.0.1' }]);
  const roots = { dataRoot: first.dataRoot, execRoot: first.execRoot };
  await first.networks.close();
  const second = await openEngine(t, { ...roots, bip: '10.71.0.9/24' });
  await second.networks.restore([]);
  t.equal(second.networks.get('bridge').id, first.networks.get('bridge').id);
  const shown = await ip('address', 'show', `${INSTANCE}0`);
  t.match(shown, /inet 10\.71\.0\.9\/24/);
  t.notMatch(shown, /10\.70/, 'the address it had is gone');
  t.equal((await second.join()).endpoints[0]?.gateway, '10.71.0.9');
  await second.networks.close();
  const third = await openEngine(t, { ...roots, bridge: 'none' });
  await third.networks.restore([]);
  t.throws(() => third.networks.get('bridge'));
  await ip('link', 'delete', `${INSTANCE}0`);
});

t.test("the default bridge has dockerd's flags", { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  const flags = { bip: '10.72.0.1/16', fixedCidr: '10.72.5.0/24', defaultGateway: '10.72.0.9', icc: false };
  const more = { ipv6: true, fixedCidr6: 'fd00:72::/64', defaultIp: '127.0.0.1', ipMasq: false };
  const engine = await openEngine(t, { ...flags, ...more, userlandProxy: false });
  await engine.networks.restore([]);
  t.match(engine.networks.get('bridge'), {
    ipv6: true,
    ipam: {
      pools: [
        {
          subnet: '10.72.0.0/16',
          ipRange: '10.72.5.0/24',
          auxAddresses: { DefaultGatewayIPv4: '10.72.0.9' },
        },
        { subnet: 'fd00:72::/64', gateway: 'fd00:72::1', ipRange: 'fd00:72::/64' },
      ],
    },
    options: {
      'com.docker.network.bridge.enable_icc': 'false',
      'com.docker.network.bridge.enable_ip_masquerade': 'false',
      'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1',
    },
  });
  const [one, two] = [await engine.join({ ports: [tcp(80, 8080)] }), await engine.join()];
  t.match(one.endpoints[0], { ipv4: /^10\.72\.5\./, gateway: '10.72.0.9', ipv6: /^fd00:72::/ });
  t.strictSame(
    one.ports.map(({ hostIp }) => hostIp),
    ['127.0.0.1'],
  );
  await one.start(t, ...whoami(80, 6));
  t.equal(await call(host, '127.0.0.1', 8080), '10.72.0.1', 'translated by the kernel');
  t.equal(await call(host, one.endpoints[0]?.ipv6 ?? '', 80), 'fd00:72::1');
  t.equal(await call(two, one.endpoints[0]?.ipv4 ?? '', 80), '', 'no neighbours');
  const six = await engine.join({ ports: [tcp(80, 8081, { hostIp: '::1' })] });
  await six.start(t, ...whoami(80));
  t.equal(await call(host, '::1', 8081), '', 'nobody passes on');
  t.not((await host.run(...whoami(8081, 6))).code, 0, 'but the port is held');
  await outside.run('/usr/sbin/ip', 'route', 'add', '10.72.0.0/16', 'via', HOST);
  await t.rejects(openEngine(t, { bip: '10.73.0.1/24', defaultGateway: '10.74.0.1' }));
  const again = { dataRoot: engine.dataRoot, execRoot: engine.execRoot };
  const { id } = engine.networks.get('bridge');
  for (const { containerId } of [one, two, six]) await engine.networks.release(containerId);
  await engine.networks.close();
  const next = await openEngine(t, { ...again, ipv6: true });
  await next.networks.restore([]);
  const { pools } = next.networks.get('bridge').ipam;
  t.match(
    next.networks.get('bridge'),
    { id, ipam: { pools: [{ subnet: '10.72.0.0/16' }, { subnet: 'fd00:72::/64' }] } },
    'its subnets stay',
  );
  t.notOk(pools[0]?.auxAddresses);
});

t.test('containers that are kept apart, but for links', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const engine = await openEngine(t, { icc: false });
  const { networks } = engine;
  await networks.restore([]);
  const serve = async () => {
    const box = await engine.join({ name: 'child', exposed: [{ containerPort: 80, protocol: 'tcp' }] });
    await Promise.all([80, 81].map((port) => box.start(t, ...whoami(port))));
    return { ...box, ipv4: box.endpoints[0]?.ipv4 ?? '' };
  };
  let child = await serve();
  const links = [`${child.containerId}:db`];
  const parent = await engine.join({ endpoints: [{ network: 'bridge', aliases: [], links }] });
  const other = await engine.join();
  await parent.start(t, ...whoami(80));
  const [address] = parent.endpoints.map(({ ipv4 }) => ipv4);
  const reached = () =>
    Promise.all([
      call(parent, child.ipv4, 80),
      call(parent, child.ipv4, 81),
      call(other, child.ipv4, 80),
      call(child, address ?? '', 80),
    ]);
  const open = [address, '', '', ''];
  t.strictSame(await reached(), open);
  t.equal(await call(host, child.ipv4, 81), child.endpoints[0]?.gateway, 'this host reaches everything');
  await must('/usr/sbin/nft', 'flush', 'ruleset');
  while (!(await must('/usr/sbin/nft', 'list', 'tables')).includes('bridge')) await sleep(20);
  t.strictSame(await reached(), open, 'put back when somebody takes the rules away');
  await networks.release(child.containerId);
  const between = await engine.join();
  child = { ...(await serve()), containerId: child.containerId };
  t.strictSame(await reached(), ['', '', '', ''], 'another container at the address is not linked');
  await networks.release(between.containerId);
  await engine.networks.close();
  const next = await openEngine(t, { dataRoot: engine.dataRoot, execRoot: engine.execRoot });
  await next.networks.restore([]);
  t.notMatch(await must('/usr/sbin/nft', 'list', 'tables'), 'bridge', 'gone with the flag');
});

t.test('options of bridges', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  const engine = await openEngine(t);
  await engine.networks.restore([]);
  const bridge = (name: string) => `com.docker.network.bridge.${name}`;
  await engine.networks.create({ name: 'local', options: { [bridge('host_binding_ipv4')]: '127.0.0.1' } });
  await engine.networks.create({ name: 'plain', options: { [bridge('enable_ip_masquerade')]: 'false' } });
  const local = await engine.join({
    networks: ['local'],
    ports: [tcp(80, 8080), tcp(80, 8081, { hostIp: HOST })],
  });
  t.strictSame(
    local.ports.map(({ hostIp }) => hostIp),
    ['127.0.0.1', HOST],
  );
  const plain = await engine.join({ networks: ['plain'] });
  const address = plain.endpoints[0]?.ipv4;
  await outside.run('/usr/sbin/ip', 'route', 'add', `${address}/32`, 'via', HOST);
  await outside.start(t, ...whoami(80));
  t.equal(await call(plain, MACHINE, 80), address, 'in its own name');
});

t.test('engines that start together keep apart', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const root = mkdtempSync('/run/skifft-net-');
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const open = (instance: string) => {
    const directories = { dataRoot: join(root, instance, 'data'), execRoot: join(root, instance, 'exec') };
    return openNetworks({ instance, ...directories, logger: pino({ level: 'silent' }) });
  };
  const engines = await Promise.all(['one', 'two', 'three'].map(open));
  await Promise.all(engines.map((engine) => engine.restore([])));
  const subnets = engines.map((engine) => engine.get('bridge').ipam.pools[0]?.subnet);
  t.equal(new Set(subnets).size, 3, subnets.join(' '));
  const made = await Promise.all(engines.map((engine) => engine.create({ name: 'same' })));
  t.equal(new Set(made.map(({ ipam }) => ipam.pools[0]?.subnet)).size, 3);
  const [first, ...others] = engines;
  await first?.close({ keep: false });
  const left = `${await ip('-o', 'link')} ${await must('/usr/sbin/nft', 'list', 'tables')}`;
  for (const name of ['two0:', 'three0:', 'skiff-two', 'skiff-three'])
    t.ok(left.includes(name), `the end of one leaves ${name}`);
  t.notOk(left.includes('skiff-one'));
  await Promise.all(others.map((engine) => engine.close({ keep: false })));
});
