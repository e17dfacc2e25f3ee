/** The host's own firewall has the last word; our table is there again when somebody flushed it; networks are apart. */
import t from 'tap';
import { pace } from '../../harness/pace.ts';
import { call, HOST, host, inOwnHost, MACHINE, machine, must, nft, openEngine, tcp, whoami } from './host.ts';

// A busy machine takes its time.
t.setTimeout(300_000);

/** As ufw sets a host up: nothing comes in or passes that is not allowed by name. */
const DENY = `
table ip filter {
  chain INPUT { type filter hook input priority 0; policy drop;
    iifname "lo" accept; ct state established,related accept; tcp dport 22 accept; }
  chain FORWARD { type filter hook forward priority 0; policy drop; }
}`;

const until = async (condition: () => Promise<boolean>, patience: number): Promise<number> => {
  const begin = performance.now();
  while (performance.now() - begin < patience) {
    if (await condition()) return performance.now() - begin;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Number.POSITIVE_INFINITY;
};

/** Our rules in the chains of the host. */
const ours = async () =>
  (await must('/usr/sbin/nft', 'list', 'ruleset')).split('\n').filter((line) => /comment "skiff-/.test(line));

t.test('a host that denies', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  await nft(DENY);
  t.teardown(() => nft('delete table ip filter').catch(() => {}));
  const engine = await openEngine(t);
  await engine.networks.restore([]);
  const box = await engine.join({ name: 'web', ports: [tcp(80, 8080), tcp(80, 8081, { open: true })] });
  await box.start(t, ...whoami(80));
  await outside.start(t, ...whoami(80));
  const gateway = box.endpoints[0]?.gateway;

  t.equal(await call(outside, HOST, 8080), '', 'closed to others');
  t.equal(await call(host, '127.0.0.1', 8080), gateway, 'open to this host');
  t.equal(await call(outside, HOST, 8081), MACHINE, 'the one that was told to be open is');
  t.equal(await call(box, MACHINE, 80), HOST, 'the container reaches out');
  t.equal(await call(outside, box.endpoints[0]?.ipv4 ?? '', 80), '', 'and is not reached');
  t.strictSame(
    engine.networks
      .reach()
      .filter(({ hostIp }) => hostIp === '0.0.0.0')
      .map(({ hostPort, reach, chains }) => ({ hostPort, reach, chains })),
    [
      { hostPort: 8080, reach: 'firewall', chains: ['ip filter INPUT'] },
      { hostPort: 8081, reach: 'everyone', chains: [] },
    ],
  );
  await nft('insert rule ip filter INPUT tcp dport 8080 accept');
  t.equal(await call(outside, HOST, 8080), gateway, 'reached once the host allows it');

  t.equal((await ours()).length, 3);
  await engine.networks.unpublish(box.containerId, [{ containerPort: 80, protocol: 'tcp', hostPort: 8081 }]);
  t.equal((await ours()).length, 2, 'the last open port takes its rule along');
  await nft('flush ruleset');
  await until(async () => (await call(outside, HOST, 8080)) === MACHINE, 3000 * pace());
  t.equal(await call(outside, HOST, 8080), MACHINE, 'a firewall that is gone has no say');
  await nft(DENY);
  const closed = await until(async () => (await call(outside, HOST, 8080)) === '', 8000 * pace());
  t.ok(closed < 8000 * pace(), 'and one that comes has');
});

const LETS_NOTHING_THROUGH: Record<string, string> = {
  'as dockerd leaves it behind': `
table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }`,
  'by a last rule': `
table inet filter { chain forward { type filter hook forward priority 0; counter reject; }; }`,
  'as firewalld does': `
table inet firewalld {
  chain policies { iifname "wire0" drop; reject; }
  chain forward { type filter hook forward priority 10; ct state established,related accept; jump policies; reject; }
}`,
};

for (const [how, rules] of Object.entries(LETS_NOTHING_THROUGH)) {
  t.test(`a host that lets nothing through, ${how}`, { skip: inOwnHost(import.meta.url) }, async (t) => {
    const outside = await machine(t);
    await nft(rules);
    t.teardown(() => nft('flush ruleset'));
    const engine = await openEngine(t);
    await engine.networks.restore([]);
    const box = await engine.join({ ports: [tcp(80, 8080)] });
    for (const place of [box, outside]) await place.start(t, ...whoami(80));
    t.equal(await call(box, MACHINE, 80), HOST, 'its containers reach out');
    t.equal(await call(outside, box.endpoints[0]?.ipv4 ?? '', 80), '', 'and are not reached');
    t.equal(await call(outside, HOST, 8080), MACHINE, 'but where they are published');
    t.equal(engine.networks.reach()[0]?.reach, 'everyone');
    await engine.networks.close({ keep: false });
    t.strictSame(await ours(), [], 'no rule stays');
  });
}

t.test('what the host forbids by name', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  await nft(`table inet filter { chain forward {
    type filter hook forward priority 0; policy drop; ip daddr ${MACHINE} tcp dport 81 drop; }; }`);
  t.teardown(() => nft('delete table inet filter'));
  const engine = await openEngine(t);
  await engine.networks.restore([]);
  const box = await engine.join();
  for (const port of [80, 81]) await outside.start(t, ...whoami(port));
  t.equal(await call(box, MACHINE, 80), HOST);
  t.equal(await call(box, MACHINE, 81), '', 'stays forbidden');
});

t.test('a daemon that leaves the host as it is', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  await nft(LETS_NOTHING_THROUGH['as dockerd leaves it behind'] ?? '');
  t.teardown(() => nft('delete table ip filter').catch(() => {}));
  const engine = await openEngine(t, { outgoing: false });
  await engine.networks.restore([]);
  const box = await engine.join({ ports: [tcp(80, 8080)] });
  for (const place of [box, outside]) await place.start(t, ...whoami(80));
  t.equal(await call(outside, HOST, 8080), box.endpoints[0]?.gateway, 'ports are passed on by a process');
  t.equal(await call(box, MACHINE, 80), '', 'containers reach nothing beyond it');
  t.strictSame(await ours(), []);
  const said = engine.log.map(({ msg }) => String(msg));
  t.equal(said.filter((words) => /containers reach nothing beyond this host/.test(words)).length, 1);
});

t.test('a daemon that was told to be open', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  await nft(DENY);
  t.teardown(() => nft('delete table ip filter').catch(() => {}));
  const engine = await openEngine(t, { publishOpen: true });
  await engine.networks.restore([]);
  const box = await engine.join({ ports: [tcp(80, 8080)] });
  await box.start(t, ...whoami(80));
  await outside.start(t, ...whoami(80));
  t.equal(await call(outside, HOST, 8080), MACHINE, 'its ports are');
  t.equal(await call(box, MACHINE, 80), HOST, 'and its containers reach out');
  t.equal(await call(outside, box.endpoints[0]?.ipv4 ?? '', 80), '', 'nothing else is open');
  await engine.networks.close({ keep: false });
  t.notMatch(
    await must('/usr/sbin/nft', 'list', 'ruleset'),
    /nettest/,
    "the rules in the host's chains go with it",
  );
});

t.test('a flush heals within a second', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  const engine = await openEngine(t);
  await engine.networks.restore([]);
  const box = await engine.join({ ports: [tcp(80, 8080)] });
  await box.start(t, ...whoami(80));
  for (const damage of [
    'flush ruleset',
    'delete table inet skiff-nettest',
    'flush chain inet skiff-nettest output',
  ]) {
    const before = (await must('/usr/sbin/nft', 'list', 'table', 'inet', 'skiff-nettest')).length;
    await nft(damage);
    const list = async () =>
      (await host.run('/usr/sbin/nft', 'list', 'table', 'inet', 'skiff-nettest')).output;
    const healed = await until(async () => (await list()).length === before, 1500 * pace());
    t.ok(healed < 1000 * pace(), `${damage}: ${healed.toFixed(0)} ms`);
    t.equal(await call(outside, HOST, 8080), MACHINE);
  }
  const writes = engine.log.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.equal(engine.log.length, writes, 'and then it is quiet');
});

t.test('networks are apart', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  await outside.start(t, ...whoami(80));
  const engine = await openEngine(t);
  await engine.networks.restore([]);
  await engine.networks.create({ name: 'inner', internal: true });
  await engine.networks.create({
    name: 'apart',
    options: { 'com.docker.network.bridge.enable_icc': 'false' },
  });
  const [one, two] = [await engine.join({ networks: ['inner'] }), await engine.join({ networks: ['inner'] })];
  const [three, four] = [
    await engine.join({ networks: ['apart'] }),
    await engine.join({ networks: ['apart'] }),
  ];
  for (const box of [one, three]) await box.start(t, ...whoami(80));
  const address = (box: typeof one) => box.endpoints[0]?.ipv4 ?? '';
  t.equal(await call(two, address(one), 80), address(two), 'internal: neighbours');
  t.equal(await call(two, MACHINE, 80), '', 'internal: no way out');
  t.equal(await call(three, address(one), 80), '', 'no way in');
  t.equal(await call(four, address(three), 80), '', 'enable_icc=false: no neighbours');
  t.equal(await call(four, MACHINE, 80), HOST, 'enable_icc=false: the world');
});
