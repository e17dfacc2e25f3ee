/** The network operations of the API: statuses, words, shapes and events, with a whole daemon and containers that run. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import t from 'tap';
import { call as request } from '../../harness/api.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { dockerode, refusal } from '../../harness/client.ts';
import { requires } from '../../harness/requires.ts';
import { startSkiffd } from '../../harness/skiffd.ts';
import { output } from '../../harness/stream.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { call, HOST, inOwnHost, ip, machine, must, nft } from './host.ts';

// A busy machine takes its time.
t.setTimeout(300_000);

const skip = inOwnHost(import.meta.url) || requires('runc', 'conmon', 'overlay');
if (skip) t.pass('the network API', { skip });
else {
  await ip('link', 'set', 'lo', 'up');
  const outside = await machine(t);
  const skiffd = await startSkiffd();
  t.teardown(async () => {
    await skiffd.close();
    const links = (await ip('-o', 'link')).split('\n').filter((line) => line.includes(skiffd.instance));
    const tables = await must('/usr/sbin/nft', 'list', 'tables');
    if (links.length > 0 || tables.includes(skiffd.instance)) throw new Error(`left: ${links} ${tables}`);
  });
  const docker = dockerode(skiffd);
  await docker.loadImage(createReadStream(await builtinImage())).then((answer) => text(answer as Readable));
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await request(skiffd.socket, method, path, body);
    return { status: answer.status, body: answer.body === '' ? undefined : JSON.parse(answer.body) };
  };
  const start = async (options: Partial<Docker.ContainerCreateOptions>) => {
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '600'], ...options });
    await container.start();
    return container;
  };
  const run = async (container: Docker.Container, ...Cmd: string[]) => {
    const exec = await container.exec({ Cmd, AttachStdout: true, AttachStderr: true });
    const { stdout } = await output(docker, await exec.start({}));
    return stdout.trim();
  };

  t.test('who shares a network has no address of its own there', async (t) => {
    const { status, body } = await ask('POST', '/containers/create', {
      Image: 'busybox',
      HostConfig: { NetworkMode: 'container:other' },
      NetworkingConfig: { EndpointsConfig: { 'container:other': { MacAddress: '02:42:11:22:33:44' } } },
    });
    t.match(
      { status, body },
      { status: 400, body: { message: 'conflicting options: mac-address and the network mode' } },
    );
  });

  t.test('list and inspect', async (t) => {
    const { status, body } = await ask('GET', '/networks');
    t.equal(status, 200);
    t.strictSame(body.map(({ Name }: { Name: string }) => Name).sort(), ['bridge', 'host', 'none']);
    t.notOk('Containers' in body[0]);
    t.ok('Containers' in (await ask('GET', '/v1.27/networks')).body[0]);
    t.match((await ask('GET', '/networks/bridge')).body, {
      Name: 'bridge',
      Scope: 'local',
      Driver: 'bridge',
      EnableIPv4: true,
      EnableIPv6: false,
      IPAM: { Driver: 'default', Options: null, Config: [{ Subnet: /\/\d+$/, Gateway: /\.1$/ }] },
      Internal: false,
      Ingress: false,
      ConfigOnly: false,
      Containers: {},
      Options: { 'com.docker.network.bridge.default_bridge': 'true' },
      Labels: {},
    });
    t.match(await ask('GET', '/networks/nothere'), {
      status: 404,
      body: { message: 'network nothere not found' },
    });
  });

  t.test('create, filters, remove, prune', async (t) => {
    const config = { Subnet: '10.60.0.0/24', IPRange: '10.60.0.0/25', Gateway: '10.60.0.254' };
    const created = await ask('POST', '/networks/create', {
      Name: 'own',
      IPAM: { Config: [config] },
      Labels: { a: 'b' },
    });
    t.match(created, { status: 201, body: { Id: /^[0-9a-f]{64}$/, Warning: '' } });
    t.match((await ask('GET', '/networks/own')).body, {
      Id: created.body.Id,
      IPAM: { Config: [config] },
      Status: { IPAM: { Subnets: { '10.60.0.0/24': { IPsInUse: 3 } } } },
    });
    const rows: [object, string[]][] = [
      [{ name: ['ow'] }, ['own']],
      [{ label: ['a=b'] }, ['own']],
      [{ label: ['a=c'] }, []],
      [{ type: ['custom'] }, ['own']],
      [{ type: ['builtin'], driver: ['host', 'null'] }, ['host', 'none']],
      [{ dangling: ['true'] }, ['own']],
      [{ id: [created.body.Id.slice(0, 8)] }, ['own']],
      [{ scope: ['swarm'] }, []],
    ];
    for (const [filters, names] of rows) {
      const { body } = await ask('GET', `/networks?filters=${encodeURIComponent(JSON.stringify(filters))}`);
      t.strictSame(body.map(({ Name }: { Name: string }) => Name).sort(), names, JSON.stringify(filters));
    }
    const refusals: [object, number, string | RegExp][] = [
      [{ Name: 'own' }, 409, 'network with name own already exists'],
      [{ Name: 'bridge' }, 403, /predefined bridge network/],
      [{ Name: '' }, 400, /name/],
      [{ Name: 'x', Driver: 'nodriver' }, 404, 'plugin "nodriver" not found'],
      [{ Name: 'x', IPAM: { Config: [{ Subnet: '10.60.0.0/16' }] } }, 403, /overlaps/],
      [{ Name: 'x', IPAM: { Config: [{ Subnet: '10.61.0.1/16' }] } }, 400, /it should be 10\.61\.0\.0\/16/],
      [{ Name: 'x', Driver: 'overlay' }, 503, /^This node is not a swarm manager/],
      [
        { Name: 'x', Options: { 'com.docker.network.bridge.gateway_mode_ipv4': 'x' } },
        400,
        /unknown gateway mode x/,
      ],
    ];
    for (const [body, status, message] of refusals)
      t.match(
        await ask('POST', '/networks/create', body),
        { status, body: { message } },
        JSON.stringify(body),
      );
    t.match(await ask('GET', `/networks?filters=${encodeURIComponent('{"nofilter":["x"]}')}`), {
      status: 400,
    });
    t.match(await ask('DELETE', '/networks/host'), { status: 403, body: { message: /pre-defined/ } });
    t.match(await ask('DELETE', '/networks/nothere'), { status: 404 });
    t.strictSame((await ask('POST', '/networks/prune?dryRun=1')).body, { NetworksDeleted: ['own'] });
    t.strictSame((await ask('POST', '/networks/prune')).body, { NetworksDeleted: ['own'] });
    t.strictSame((await ask('POST', '/networks/prune')).body, { NetworksDeleted: null });
  });

  t.test('connect and disconnect', async (t) => {
    for (const Name of ['front', 'back']) await docker.createNetwork({ Name, EnableIPv6: Name === 'back' });
    const events: { Action: string; Actor: { Attributes: Record<string, string> } }[] = [];
    const stream = await docker.getEvents({ filters: { type: ['network'] } });
    stream.setEncoding('utf8').on('data', (line) => events.push(JSON.parse(line)));
    const server = await start({
      name: 'server',
      Cmd: ['httpd', '-f', '-p', '80', '-h', '/etc'],
      HostConfig: { NetworkMode: 'front', PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
    });
    const client = await start({ name: 'client', HostConfig: { NetworkMode: 'back' } });
    t.equal(await run(client, 'wget', '-qO-', '-T1', 'http://server/hostname'), '');

    const settings = { Container: 'server', EndpointConfig: { Aliases: ['www'] } };
    t.match(await ask('POST', '/networks/back/connect', settings), { status: 200 });
    const { Id, NetworkSettings, Config } = await server.inspect();
    t.equal(await run(client, 'wget', '-qO-', 'http://www/hostname'), Config.Hostname);
    t.match(NetworkSettings.Networks.back, {
      IPAddress: /^172\./,
      GlobalIPv6Address: /^fd/,
      Gateway: /^172\./,
    });
    t.match((await ask('GET', '/networks/back')).body.Containers[Id], {
      Name: 'server',
      IPv4Address: `${NetworkSettings.Networks.back?.IPAddress}/16`,
      IPv6Address: /^fd.*\/64$/,
    });
    t.match(
      await run(server, 'cat', '/etc/hosts'),
      new RegExp(String(NetworkSettings.Networks.back?.IPAddress)),
    );
    t.match(await ask('POST', '/networks/back/connect', settings), {
      status: 403,
      body: { message: /already exists in network back/ },
    });
    t.match(await ask('DELETE', '/networks/back'), {
      status: 403,
      body: { message: /has active endpoints/ },
    });

    t.match(await ask('POST', '/networks/front/disconnect', { Container: 'server' }), { status: 200 });
    t.match(await ask('POST', '/networks/front/disconnect', { Container: 'server' }), {
      status: 403,
      body: { message: /is not connected to network front/ },
    });
    t.match(await ask('POST', '/networks/host/connect', { Container: 'server' }), { status: 400 });
    t.match(
      await ask('POST', '/networks/bridge/connect', {
        Container: 'server',
        EndpointConfig: { IPAMConfig: { IPv4Address: '172.17.0.9' } },
      }),
      {
        status: 400,
        body: { message: /user specified IP address is supported on user defined networks only/ },
      },
    );
    t.match(await ask('POST', '/networks/back/connect', { Container: 'nobody' }), {
      status: 404,
      body: { message: 'No such container: nobody' },
    });

    await server.restart({ t: 0 });
    t.strictSame(
      Object.keys((await server.inspect()).NetworkSettings.Networks),
      ['back'],
      'it stays out after a restart',
    );
    await server.stop({ t: 0 });
    for (const words of ['while it is stopped', 'and again'])
      t.match(await ask('POST', '/networks/front/connect', { Container: 'server' }), { status: 200 }, words);
    await server.start();
    t.strictSame(Object.keys((await server.inspect()).NetworkSettings.Networks).sort(), ['back', 'front']);
    for (const container of [server, client]) await container.remove({ force: true });
    for (const name of ['front', 'back']) await docker.getNetwork(name).remove();
    await new Promise((resolve) => setTimeout(resolve, 100));
    (stream as Readable).destroy();
    t.match(
      events
        .slice(0, 4)
        .map(({ Action, Actor: { Attributes } }) => `${Action} ${Attributes.name} ${Attributes.type}`),
      ['connect front bridge', 'connect back bridge', 'connect back bridge', 'disconnect front bridge'],
    );
    t.match(
      events.slice(-2).map(({ Action }) => Action),
      ['destroy', 'destroy'],
    );
  });

  t.test('what is asked of an endpoint', async (t) => {
    await ask('POST', '/networks/create', { Name: 'six', EnableIPv6: true });
    const endpoint = (EndpointConfig: object) => ({ six: EndpointConfig });
    const box = await start({
      Hostname: 'box',
      HostConfig: { NetworkMode: 'six', Sysctls: { 'net.ipv6.conf.all.disable_ipv6': '1' } },
      NetworkingConfig: { EndpointsConfig: endpoint({ IPAMConfig: { LinkLocalIPs: ['169.254.9.9'] } }) },
    } as Partial<Docker.ContainerCreateOptions>);
    const { IPAddress, GlobalIPv6Address } = (await box.inspect()).NetworkSettings.Networks.six ?? {};
    t.equal(GlobalIPv6Address, '', 'whoever has IPv6 turned off gets no address of it');
    t.equal(await run(box, 'cat', '/etc/hosts'), `127.0.0.1\tlocalhost\n${IPAddress}\tbox`);
    t.match(await run(box, 'ip', '-4', 'address', 'show', 'eth0'), /inet 169\.254\.9\.9\/16/);
    const refusals: [object, RegExp][] = [
      [{ IPAMConfig: { LinkLocalIPs: ['10.0.0.1'] } }, /invalid link-local IP address: 10\.0\.0\.1/],
      [{ IPAMConfig: { IPv4Address: '0.0.0.0' } }, /invalid IPv4 address: 0\.0\.0\.0/],
      [{ DriverOpts: { 'com.docker.network.endpoint.ifname': 'a/b' } }, /invalid interface name/],
      [{ DriverOpts: { 'com.docker.network.endpoint.sysctls': 'kernel.x=1' } }, /invalid interface sysctl/],
    ];
    for (const [settings, message] of refusals)
      t.match(
        await ask('POST', '/containers/create', {
          Image: 'busybox',
          HostConfig: { NetworkMode: 'six' },
          NetworkingConfig: { EndpointsConfig: endpoint(settings) },
        }),
        { status: 400, body: { message } },
      );
    await box.remove({ force: true });
    await ask('DELETE', '/networks/six');
    const body = { Name: 'old', EnableIPv4: false, EnableIPv6: true };
    await ask('POST', '/v1.46/networks/create', body);
    t.match(
      (await ask('GET', '/networks/old')).body,
      { EnableIPv4: true },
      'before API 1.48 it was always there',
    );
    await ask('DELETE', '/networks/old');
  });

  t.test('ports of a container that is routed to', async (t) => {
    const mode = { 'com.docker.network.bridge.gateway_mode_ipv4': 'routed' };
    await ask('POST', '/networks/create', { Name: 'routed', Options: mode });
    const box = await start({
      name: 'routed',
      HostConfig: { NetworkMode: 'routed', PortBindings: { '80/tcp': [{ HostPort: '8088' }] } },
    });
    const bindings = (await box.inspect()).NetworkSettings.Ports['80/tcp'] ?? [];
    t.strictSame(bindings, [
      { HostIp: '::', HostPort: '8088' },
      { HostIp: '0.0.0.0', HostPort: '' },
    ]);
    const [{ Ports }] = (await ask('GET', '/containers/json')).body;
    t.match(Ports, [
      { IP: '::', PublicPort: 8088 },
      { IP: '0.0.0.0', PrivatePort: 80 },
    ]);
    t.notOk('PublicPort' in Ports[1]);
    await box.remove({ force: true });
    await ask('DELETE', '/networks/routed');
  });

  t.test('published ports, and who reaches them', async (t) => {
    const web = await start({
      name: 'web',
      Cmd: ['sh', '-c', 'while true; do echo hello | nc -l -p 80; done'],
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8081' }] } },
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    t.equal(await call(outside, HOST, 8081), 'hello');
    t.match((await ask('GET', '/skiff/ports')).body, [
      {
        ContainerName: 'web',
        PrivatePort: 80,
        Type: 'tcp',
        IP: '0.0.0.0',
        PublicPort: 8081,
        Reach: 'everyone',
        Chains: [],
      },
      { IP: '::' },
    ]);
    const second = await docker.createContainer({
      Image: 'busybox',
      Cmd: ['true'],
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8081' }] } },
    });
    t.match(await refusal(second.start()), {
      statusCode: 500,
      message: /Bind for 0\.0\.0\.0:8081 failed: port is already allocated$/,
    });
    for (const container of [web, second]) await container.remove({ force: true });
    t.equal(await call(outside, HOST, 8081), '');
  });

  t.test('a host that denies: the ports of one container are told to be open', async (t) => {
    await nft(`table ip filter { chain INPUT { type filter hook input priority 0; policy drop;
      ct state established,related accept; }; }`);
    t.teardown(() => nft('delete table ip filter'));
    const web = await start({
      Cmd: ['sh', '-c', 'httpd -p 80 -h /etc && httpd -f -p 81 -h /etc'],
      Labels: { 'skiff.publish-open': '81' },
      HostConfig: {
        PortBindings: { '80/tcp': [{ HostPort: '8082' }], '81/tcp': [{ HostPort: '8083' }] },
      },
    });
    const reach = async (port: number) => {
      const ports = (await ask('GET', '/skiff/ports')).body as { PublicPort: number; Reach: string }[];
      return ports.find(({ PublicPort }) => PublicPort === port)?.Reach;
    };
    await waitUntil('the change is seen', async () => (await reach(8082)) === 'firewall');
    t.equal(await reach(8083), 'everyone');
    const get = (port: number) => outside.run('curl', '-s', '-m', '2', `http://${HOST}:${port}/hostname`);
    t.equal((await get(8082)).code, 28);
    t.equal((await get(8083)).code, 0);
    const refused = docker.createContainer({ Image: 'busybox', Labels: { 'skiff.publish-open': 'x' } });
    t.match(await refusal(refused), { statusCode: 400, message: /invalid port specification: "x"/ });
    await web.remove({ force: true });
  });

  t.test('joining the default bridge adds at most 5 ms to a start', async (t) => {
    const cost = async (NetworkMode: string) => {
      const container = await docker.createContainer({
        Image: 'busybox',
        Cmd: ['true'],
        HostConfig: { NetworkMode },
      });
      const begin = performance.now();
      await container.start();
      const took = performance.now() - begin;
      await container.wait();
      await container.remove();
      return took;
    };
    const added = async () => {
      const costs: Record<string, number[]> = { none: [], bridge: [] };
      for (let round = 0; round < 15; round++)
        for (const mode of ['none', 'bridge']) costs[mode]?.push(await cost(mode));
      const [none = 0, bridge = 0] = ['none', 'bridge'].map((mode) => costs[mode]?.sort((a, b) => a - b)[7]);
      t.comment(`start: none ${none.toFixed(1)} ms, bridge ${bridge.toFixed(1)} ms`);
      return bridge - none;
    };
    // Other work on this machine may take the processor away: one of three tries must show it.
    let least = await added();
    for (let tries = 1; tries < 3 && least > 5; tries++) least = Math.min(least, await added());
    t.ok(least <= 5, `${least.toFixed(1)} ms`);
  });
}
