/** What a daemon that was killed leaves: the living keep all they had, the rest is collected. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Sandbox } from '../../../src/network/network.ts';
import { pace } from '../../harness/pace.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import {
  call,
  HOST,
  host,
  INSTANCE,
  inOwnHost,
  inside,
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

async function killedDaemon(
  t: Test,
  count: number,
  ...dying: string[]
): Promise<{ dataRoot: string; execRoot: string; sandboxes: Sandbox[] }> {
  const root = mkdtempSync('/run/skifft-net-');
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const [dataRoot, execRoot] = [join(root, 'data'), join(root, 'exec')];
  const daemon = fork(join(import.meta.dirname, 'daemon.ts'), [dataRoot, execRoot, String(count), ...dying]);
  const ended = once(daemon, 'exit');
  const [sandboxes] = (await once(daemon, 'message')) as [Sandbox[]];
  if (dying.length === 0) daemon.kill('SIGKILL');
  await ended;
  return { dataRoot, execRoot, sandboxes };
}

t.test('a daemon that was killed', { skip: inOwnHost(import.meta.url) }, async (t) => {
  await ip('link', 'set', 'lo', 'up');
  const outside = await machine(t);
  const { dataRoot, execRoot, sandboxes } = await killedDaemon(t, 4);
  const [alive, other, dead] = sandboxes;
  if (!alive || !other || !dead) throw new Error('the daemon made no containers');
  const box = inside(alive);
  await box.start(t, ...whoami(80));
  t.equal(await call(outside, HOST, 8000), MACHINE, 'its ports work on without it');
  t.equal((await box.run('/bin/busybox', 'nc', '-w1', '-z', '127.0.0.11', '53')).code, 1, 'its names do not');

  const engine = await openEngine(t, { dataRoot, execRoot });
  t.strictSame(
    engine.networks
      .list()
      .map(({ name }) => name)
      .sort(),
    ['bridge', 'host', 'net', 'none'],
  );
  const begin = performance.now();
  await engine.networks.restore([alive.containerId, other.containerId]);
  t.comment(`restored in ${(performance.now() - begin).toFixed(0)} ms`);

  t.strictSame(engine.networks.sandbox(alive.containerId)?.endpoints, alive.endpoints);
  t.equal(engine.networks.sandbox(dead.containerId), undefined);
  t.notOk(existsSync(dead.path));
  t.strictSame(readdirSync(join(execRoot, 'network')).length, 2);
  t.equal(await call(outside, HOST, 8000), MACHINE);
  t.ok(await call(host, '::1', 8000));
  t.equal(await call(outside, HOST, 8002), '', 'the port of a dead one is free');
  const answer = await box.run(process.execPath, join(import.meta.dirname, 'ask.ts'), 'a0');
  t.strictSame(JSON.parse(answer.output).data, [alive.endpoints[0]?.ipv4], 'names are answered again');

  const addresses = [alive, other].map(({ endpoints }) => endpoints[0]?.ipv4);
  for (let index = 0; index < 6; index++) {
    const fresh = await engine.join({ networks: [index % 2 === 0 ? 'bridge' : 'net'] });
    t.notOk(addresses.includes(fresh.endpoints[0]?.ipv4), 'no address is given twice');
    addresses.push(fresh.endpoints[0]?.ipv4);
  }
  const hosts = new Set(
    (await ip('-o', 'link')).split('\n').flatMap((line) => /nettest-v[0-9a-f]+/.exec(line)?.[0] ?? []),
  );
  t.ok(hosts.size <= 8 + 2 * 4, 'links of the dead are gone');
});

t.test('a daemon that died in the midst of a change', { skip: inOwnHost(import.meta.url) }, async (t) => {
  await ip('link', 'set', 'lo', 'up');
  const outside = await machine(t);
  for (const change of ['connect', 'disconnect'])
    for (const at of [2, 3])
      await t.test(`${change}, before record ${at} was written`, async (t) => {
        const { dataRoot, execRoot, sandboxes } = await killedDaemon(t, 1, change, String(at));
        const [before] = sandboxes;
        if (!before) throw new Error('the daemon made no container');
        const engine = await openEngine(t, { dataRoot, execRoot });
        await engine.networks.restore([before.containerId]);
        const stays = change === 'connect' && at === 3;
        const names = () =>
          engine.networks.sandbox(before.containerId)?.endpoints.map(({ networkName }) => networkName);
        t.strictSame(names()?.toSorted(), stays ? ['bridge', 'net'] : ['bridge']);
        const links = async () =>
          (await inside(before).run('/usr/sbin/ip', '-o', 'link')).output.match(/eth\d/g)?.length;
        t.equal(await links(), stays ? 2 : 1, 'its links are those of its networks');
        await inside(before).start(t, ...whoami(80));
        t.equal(await call(outside, HOST, 8000), MACHINE, 'its port leads to it');
        if (stays) await engine.networks.disconnect(before.containerId, 'net');
        t.equal(await links(), 1);
        await engine.networks.connect(before.containerId, {
          network: 'net',
          aliases: [],
          gatewayPriority: 1,
        });
        t.strictSame(names(), ['net', 'bridge']);
        t.equal(await links(), 2);
        t.equal(await call(outside, HOST, 8000), MACHINE, 'wherever it leads');
      });
});

t.test(
  'a stop with containers running keeps their network',
  { skip: inOwnHost(import.meta.url) },
  async (t) => {
    const outside = await machine(t);
    const engine = await openEngine(t);
    await engine.networks.restore([]);
    const box = await engine.join({
      ports: [{ containerPort: 80, protocol: 'tcp', hostIp: '', hostPort: 8080 }],
    });
    await box.start(t, ...whoami(80));
    await engine.networks.close();
    t.equal(await call(outside, HOST, 8080), MACHINE);
    t.equal(readdirSync(join(engine.execRoot, 'netns')).length, 1, 'the stock of ready namespaces is gone');
    const next = await openEngine(t, { dataRoot: engine.dataRoot, execRoot: engine.execRoot });
    await next.networks.restore([box.containerId]);
    t.equal(next.networks.sandbox(box.containerId)?.path, box.path);
  },
);

t.test('a bridge that somebody took away', { skip: inOwnHost(import.meta.url) }, async (t) => {
  const outside = await machine(t);
  const engine = await openEngine(t);
  await engine.networks.restore([]);
  const box = await engine.join({ ports: [tcp(80, 8090)] });
  const other = await engine.join();
  for (const place of [box, outside]) await place.start(t, ...whoami(80));
  const address = box.endpoints[0]?.ipv4 ?? '';
  const works = async () => {
    const deadline = performance.now() + 5000;
    while (performance.now() < deadline)
      if ((await call(outside, HOST, 8090)) === MACHINE && (await call(other, address, 80))) return true;
    return false;
  };
  await ip('link', 'delete', `${INSTANCE}0`);
  t.ok(await works(), 'is there again with its containers');
  t.equal(await call(other, MACHINE, 80), HOST);
  t.match(
    engine.log.map(({ msg }) => msg).filter((msg) => msg !== 'the network worker is up'),
    [/a bridge was taken away/],
  );
  t.equal(await call(await engine.join(), address, 80).then(Boolean), true, 'new ones join it');
  const { dataRoot, execRoot, networks } = engine;
  await networks.close({ keep: true });
  await ip('link', 'delete', `${INSTANCE}0`);
  const next = await openEngine(t, { dataRoot, execRoot });
  await next.networks.restore([box.containerId, other.containerId]);
  t.ok(await works(), 'also if no daemon was there to see it');
});

t.test(
  'fifty containers are restored in no time, and after a reboot bridges are made again',
  {
    skip: inOwnHost(import.meta.url),
  },
  async (t) => {
    await machine(t);
    const { dataRoot, execRoot, sandboxes } = await killedDaemon(t, 50);
    await ip('link', 'delete', `${INSTANCE}0`);
    await must('/usr/sbin/nft', 'flush', 'ruleset');
    const engine = await openEngine(t, { dataRoot, execRoot });
    // From its sources a thread takes longer to come up than all the rest.
    const isUp = () => engine.log.some(({ msg }) => msg === 'the network worker is up');
    await waitUntil('the network worker is up', isUp);
    const begin = performance.now();
    await engine.networks.restore(sandboxes.map(({ containerId }) => containerId));
    const took = performance.now() - begin;
    t.ok(took < 200 * pace(), `restored in ${took.toFixed(0)} ms`);
    t.match(await ip('address', 'show', `${INSTANCE}0`), /inet 172\.17\.0\.1\/16/);
  },
);
