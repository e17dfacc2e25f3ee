/** Published ports: who reaches them, by which address, and what happens when one is taken. */
import t from 'tap';
import {
  call,
  callUdp,
  HOST,
  HOST6,
  host,
  inOwnHost,
  MACHINE,
  machine,
  openEngine,
  tcp,
  udpEcho,
  whoami,
} from './host.ts';

// A busy machine takes its time.
t.setTimeout(300_000);

t.test('published ports', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  const engine = await openEngine(t);
  await engine.networks.restore([]);
  await engine.networks.create({ name: 'other' });

  await t.test('are reached from everywhere', async (t) => {
    const box = await engine.join({ name: 'web', ports: [tcp(80, 8080)] });
    const neighbour = await engine.join();
    const stranger = await engine.join({ networks: ['other'] });
    await box.start(t, ...whoami(80));
    const gateway = box.endpoints[0]?.gateway ?? '';
    t.equal(await call(outside, HOST, 8080), MACHINE, 'another machine keeps its address');
    t.equal(await call(host, '127.0.0.1', 8080), gateway, 'this host by loopback');
    t.equal(await call(host, '::1', 8080), gateway, 'this host by loopback of IPv6');
    t.equal(await call(host, HOST, 8080), HOST, 'this host by its address');
    t.equal(await call(outside, HOST6, 8080), gateway, 'another machine over IPv6, passed on');
    t.ok(await call(neighbour, HOST, 8080), 'a neighbour');
    t.ok(await call(stranger, HOST, 8080), 'a container of another network');
    t.ok(await call(box, HOST, 8080), 'the container itself');
    t.equal(await call(stranger, box.endpoints[0]?.ipv4 ?? '', 80), '', 'but networks are apart');
    for (const { containerId } of [box, neighbour, stranger]) await engine.networks.release(containerId);
    t.equal(await call(host, '127.0.0.1', 8080), '', 'gone with the container');
  });

  await t.test('UDP', async (t) => {
    const box = await engine.join({ ports: [{ ...tcp(53, 5353), protocol: 'udp' }] });
    await box.start(t, ...udpEcho(53));
    for (const address of ['127.0.0.1', '::1', HOST])
      t.equal(await callUdp(host, address, 5353), 'ping', address);
    for (const address of [HOST, HOST6]) t.equal(await callUdp(outside, address, 5353), 'ping', address);
    await engine.networks.release(box.containerId);
  });

  await t.test('UDP follows the port to another container, whatever the kernel remembers', async (t) => {
    for (const name of ['first', 'second']) {
      const box = await engine.join({ ports: [{ ...tcp(53, 5354), protocol: 'udp' }] });
      await box.start(t, ...udpEcho(53, name));
      t.equal(await callUdp(outside, HOST, 5354, 4444), name);
      await engine.networks.release(box.containerId);
    }
  });

  await t.test('of one address of the host', async (t) => {
    const box = await engine.join({
      ports: [tcp(80, 8081, { hostIp: '127.0.0.1' }), tcp(80, 8082, { hostIp: HOST })],
    });
    await box.start(t, ...whoami(80));
    t.ok(await call(host, '127.0.0.1', 8081));
    t.equal(await call(outside, HOST, 8081), '');
    t.ok(await call(outside, HOST, 8082));
    t.equal(await call(host, '127.0.0.1', 8082), '');
    await engine.networks.release(box.containerId);
  });

  await t.test('a random port is the same for both families; a range gives its first free one', async (t) => {
    const random = await engine.join({ ports: [tcp(80, 0), tcp(81, 0)] });
    const numbers = random.ports.map(({ hostPort }) => hostPort);
    t.strictSame(
      random.ports.map(({ hostIp }) => hostIp),
      ['0.0.0.0', '::', '0.0.0.0', '::'],
    );
    t.equal(numbers[0], numbers[1]);
    t.equal(numbers[2], numbers[3]);
    t.not(numbers[0], numbers[2]);
    t.ok(numbers.every((number) => number >= 49153));
    const range = { hostPortEnd: 9002 };
    const first = await engine.join({ ports: [tcp(80, 9000, range)] });
    const second = await engine.join({ ports: [tcp(80, 9000, range)] });
    t.strictSame(
      [first, second].map(({ ports }) => ports[0]?.hostPort),
      [9000, 9001],
    );
    for (const { containerId } of [random, first, second]) await engine.networks.release(containerId);
  });

  await t.test("a taken port fails in Docker's words and leaves nothing", async (t) => {
    const box = await engine.join({ ports: [tcp(80, 8090)] });
    const others = engine.networks.endpointsOf(engine.networks.get('bridge').id).length;
    const endpoint = String.raw`^driver failed programming external connectivity on endpoint late \([0-9a-f]{64}\): `;
    await t.rejects(engine.join({ name: 'late', ports: [tcp(80, 8091), tcp(80, 8090)] }), {
      message: new RegExp(`${endpoint}Bind for 0\\.0\\.0\\.0:8090 failed: port is already allocated$`),
    });
    const thief = await host.start(t, ...whoami(8092));
    await t.rejects(engine.join({ name: 'late', ports: [tcp(80, 8092)] }), {
      message: new RegExp(`${endpoint}listen tcp4 0\\.0\\.0\\.0:8092: bind: address already in use$`),
    });
    await t.rejects(engine.join({ name: 'late', ports: [tcp(80, 8092, { hostIp: '203.0.113.9' })] }), {
      message: /bind: cannot assign requested address$/,
    });
    thief.kill('SIGKILL');
    // A kernel that has it publishes it.
    const sctp = await engine
      .join({ name: 'late', ports: [{ ...tcp(80, 8093), protocol: 'sctp' }] })
      .catch((error: Error) => error);
    if (sctp instanceof Error) t.match(sctp.message, /Linux \S+, has no SCTP \(CONFIG_IP_SCTP\)$/);
    else await engine.networks.release(sctp.containerId);
    t.equal(engine.networks.endpointsOf(engine.networks.get('bridge').id).length, others);
    const again = await engine.join({ ports: [tcp(80, 8091)] });
    const { code } = await host.run(...whoami(8091));
    t.not(code, 0, 'nobody else can take a published port');
    for (const { containerId } of [box, again]) await engine.networks.release(containerId);
  });

  await t.test('a port is free for the next container at once', async (t) => {
    for (let round = 0; round < 5; round++) {
      const box = await engine.join({ ports: [tcp(80, 8095)] });
      await box.start(t, ...whoami(80));
      t.ok(await call(host, '::1', 8095));
      await engine.networks.release(box.containerId);
    }
  });

  await t.test('come and go while the container runs', async (t) => {
    const box = await engine.join({ ports: [tcp(80, 8100)] });
    await box.start(t, ...whoami(80));
    const after = await engine.networks.publish(box.containerId, [tcp(80, 8101)]);
    t.strictSame(
      after.map(({ hostPort }) => hostPort),
      [8100, 8100, 8101, 8101],
    );
    t.ok(await call(outside, HOST, 8101));
    await engine.networks.unpublish(box.containerId, [
      { containerPort: 80, protocol: 'tcp', hostPort: 8100 },
    ]);
    t.equal(await call(outside, HOST, 8100), '');
    t.equal(await call(host, '127.0.0.1', 8100), '');
    t.ok(await call(outside, HOST, 8101));
    await t.rejects(engine.networks.unpublish(box.containerId, [{ containerPort: 99, protocol: 'tcp' }]), {
      message: /is not published/,
    });
    await engine.networks.release(box.containerId);
  });
});
