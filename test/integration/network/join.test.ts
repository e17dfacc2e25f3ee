/** Containers on the default bridge: address, gateway, each other, the world; what it costs, and what is left. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { call, HOST, host, inOwnHost, MACHINE, machine, openEngine, whoami } from './host.ts';

// A busy machine takes its time.
t.setTimeout(300_000);

t.test('the default bridge', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  const engine = await openEngine(t);
  await engine.networks.restore([]);

  await t.test('predefined networks', async (t) => {
    t.strictSame(
      engine.networks
        .list()
        .map(({ name, driver }) => `${name} ${driver}`)
        .sort(),
      ['bridge bridge', 'host host', 'none null'],
    );
    t.throws(() => engine.networks.get('nothere'), {
      kind: 'not-found',
      message: 'network nothere not found',
    });
    const { id } = engine.networks.get('bridge');
    t.equal(engine.networks.get(id.slice(0, 10)).id, id);
  });

  await t.test('packets cross', async (t) => {
    const one = await engine.join();
    const two = await engine.join();
    const [first, second] = [one, two].map(({ endpoints }) => endpoints[0]?.ipv4 ?? '');
    t.not(first, second);
    await one.start(t, ...whoami(80));
    await outside.start(t, ...whoami(80));
    const gateway = one.endpoints[0]?.gateway;
    t.equal(await call(two, first ?? '', 80), second, 'to a neighbour');
    t.equal(await call(host, first ?? '', 80), gateway, 'from the host');
    t.equal(await call(two, MACHINE, 80), HOST, 'to another machine, in the name of the host');
    t.equal(await call(outside, first ?? '', 80), '', 'another machine does not reach an address of ours');
    for (const { containerId } of [one, two]) await engine.networks.release(containerId);
  });

  await t.test('record, namespace and address go with the container', async (t) => {
    const box = await engine.join();
    const record = join(engine.execRoot, 'network', `${box.containerId}.json`);
    t.equal(JSON.parse(readFileSync(record, 'utf8')).path, box.path);
    t.strictSame(engine.networks.sandbox(box.containerId)?.endpoints[0]?.ipv4, box.endpoints[0]?.ipv4);
    await t.rejects(engine.join({ containerId: box.containerId }), {
      message: /has a network sandbox already/,
    });
    await engine.networks.release(box.containerId);
    await engine.networks.release(box.containerId);
    t.notOk(existsSync(record));
    t.notOk(existsSync(box.path));
    t.equal(engine.networks.sandbox(box.containerId), undefined);
  });

  await t.test('loopback only has ::1, links have no IPv6', async (t) => {
    const box = await engine.join();
    const { output } = await box.run('/usr/sbin/ip', '-6', '-o', 'address');
    t.match(output, /lo .* ::1\/128/);
    t.notMatch(output, /eth0/);
    await engine.networks.release(box.containerId);
  });

  await t.test('joining costs at most 5 ms', async (t) => {
    const costs: number[] = [];
    for (let round = 0; round < 20; round++) {
      const begin = performance.now();
      const box = await engine.join();
      costs.push(performance.now() - begin);
      // A start takes runc 30 ms at the least: the stock is filled up meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 30));
      await engine.networks.release(box.containerId);
    }
    const median = costs.sort((a, b) => a - b)[10] ?? 0;
    t.comment(`median ${median.toFixed(2)} ms, worst ${costs.at(-1)?.toFixed(2)} ms`);
    t.ok(median <= 5, 'median');
  });

  await t.test('fifty at once', async (t) => {
    const boxes = await Promise.all(Array.from({ length: 50 }, () => engine.join()));
    t.equal(new Set(boxes.map(({ endpoints }) => endpoints[0]?.ipv4)).size, 50);
    await Promise.all(boxes.map(({ containerId }) => engine.networks.release(containerId)));
  });
});
